// The steps of leads.
import { newKey, send } from "../shell/api.js";

const said = document.getElementById("said");

function say(text) {
  said.textContent = text;
  said.hidden = false;
  said.focus();
}

function bodyOf(form) {
  const { text, case_no, officers } = form.elements;
  if (case_no) {
    return { case_no: case_no.value.trim(), officers: officers.value.split(/[、,，;；\s]+/).filter(Boolean) };
  }
  return { text: text?.value.trim() ?? "" };
}

for (const form of document.querySelectorAll(".lead-step")) {
  const key = newKey();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { lead, version } = form.closest("[data-lead]").dataset;
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      await send(`/v1/leads/${lead}/${form.dataset.step}`, { body: bodyOf(form), version, key });
      location.reload();
    } catch (problem) {
      button.disabled = false;
      say(problem.status === 412 ? "这条线索刚刚有变化，请刷新页面后再操作" : problem.message);
    }
  });
}
