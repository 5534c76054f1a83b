// Add a webhook, whose secret is shown once, and take data out whole.
import { rooted, send } from "../shell/api.js";

const said = document.getElementById("said");
const once = document.getElementById("once");
const hook = document.getElementById("add-hook");

hook.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { url, types, description } = Object.fromEntries(new FormData(hook));
  try {
    const made = await send("/v1/webhooks", { body: { url, types: types.split(/\s+/).filter(Boolean), description } });
    document.getElementById("once-text").textContent = made.secret;
    said.hidden = true;
    once.hidden = false;
    once.focus();
  } catch (problem) {
    said.textContent = problem.message;
    said.hidden = false;
    said.focus();
  }
});
document.getElementById("once-done").addEventListener("click", () => location.reload());

const exporting = document.getElementById("export-form");
exporting.addEventListener("submit", (event) => {
  event.preventDefault();
  const { what, form, since, until, reason } = Object.fromEntries(new FormData(exporting));
  const query = new URLSearchParams({ reason });
  // Days are those of the office: from the beginning of the first to the end of the last.
  if (what !== "events" && since) query.set("since", `${since}T00:00:00+08:00`);
  if (what !== "events" && until) query.set("until", `${until}T23:59:59.999+08:00`);
  location.assign(rooted(`/v1/exports/${what}.${form}?${query}`));
});
