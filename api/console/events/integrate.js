// Add a webhook, whose secret is shown once, and take data out whole.
import { load, rooted, send } from "../shell/api.js";

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
  if (what !== "events" && since && until && since > until) {
    said.textContent = "开始日期不能晚于结束日期";
    said.hidden = false;
    said.focus();
    return;
  }
  said.hidden = true;
  const query = new URLSearchParams({ reason });
  // Days are those of the office: from the beginning of the first to the end of the last.
  if (what !== "events" && since) query.set("since", `${since}T00:00:00+08:00`);
  if (what !== "events" && until) query.set("until", `${until}T23:59:59.999+08:00`);
  location.assign(rooted(`/v1/exports/${what}.${form}?${query}`));
});

// Read a page of the feed as a platform would, with the log-in instead of a key.
const trial = document.getElementById("try");
const answer = document.getElementById("try-answer");

trial.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { cursor, types, limit } = Object.fromEntries(new FormData(trial));
  const query = new URLSearchParams({ cursor: cursor || "0", limit });
  for (const type of types.split(/\s+/).filter(Boolean)) query.append("type", type);
  document.getElementById("try-asked").textContent = `GET /v1/events?${query}`;
  try {
    const page = await load(`/v1/events?${query}`);
    answer.textContent = JSON.stringify(page, null, 2);
    document.getElementById("try-said").textContent = page.data.length
      ? `${page.data.length} 条，next_cursor = ${page.next_cursor}${page.has_more ? "，后面还有" : "，已到末尾"}`
      : "此处之后没有符合条件的事件";
    trial.elements.cursor.value = page.next_cursor;
  } catch (problem) {
    answer.textContent = "";
    document.getElementById("try-said").textContent = problem.message;
  }
  document.getElementById("try-shown").hidden = false;
});
