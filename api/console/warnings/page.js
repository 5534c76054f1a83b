// Rules of warnings: switched and tuned for a region with a reason; a setting is ended with a reason.
import { actingAt } from "../shell/acting.js";
import { newKey, send } from "../shell/api.js";

const run = actingAt(document.getElementById("rule-said"));

for (const form of document.querySelectorAll("form.rule")) {
  const key = newKey();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { region, enabled, reason } = form.elements;
    const steps = [...form.querySelectorAll("[data-step]")].map((row) => ({
      limit: Number(row.querySelector("input").value),
      level: row.querySelector("select").value,
    }));
    const body = { region: region.value.trim(), enabled: enabled.checked, steps, reason: reason.value.trim() };
    run(form.querySelector("button"), () => send(`/v1/warning-rules/${form.dataset.rule}/settings`, { body, key }));
  });
}

for (const form of document.querySelectorAll("form.rule-end")) {
  const key = newKey();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = { reason: form.elements.reason.value.trim() };
    const path = `/v1/warning-rules/settings/${form.dataset.id}/end`;
    run(form.querySelector("button"), () => send(path, { body, key }));
  });
}
