// Decisions on tuning proposals.
import { newKey, send } from "../shell/api.js";

const said = document.getElementById("said");

for (const form of document.querySelectorAll(".decide")) {
  const key = newKey();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { proposal, version } = form.closest("[data-proposal]").dataset;
    const buttons = form.querySelectorAll("button");
    for (const button of buttons) button.disabled = true;
    try {
      const step = event.submitter?.value ?? buttons[0].value;
      const body = { reason: form.elements.reason.value.trim() };
      await send(`/v1/proposals/${proposal}/${step}`, { body, version, key: `${key}-${step}` });
      location.reload();
    } catch (problem) {
      for (const button of buttons) button.disabled = false;
      said.textContent = problem.status === 412 ? "这项建议刚刚有变化，请刷新页面后再操作" : problem.message;
      said.hidden = false;
      said.focus();
    }
  });
}
