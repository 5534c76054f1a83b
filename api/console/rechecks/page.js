// What the second person found, row by row.
import { newKey, send } from "../shell/api.js";

const said = document.getElementById("said");

for (const form of document.querySelectorAll("form.recheck")) {
  const key = newKey();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    const answers = [...form.querySelectorAll("li")]
      .map((row) => ({ code: row.dataset.code, result: row.querySelector("select").value }))
      .filter(({ result }) => result);
    const { method, took_place: tookPlace, note } = form.elements;
    const body = { method: method.value, took_place: tookPlace.checked, answers, note: note.value.trim() };
    try {
      await send(`/v1/rechecks/${form.dataset.id}/result`, { body, key });
      location.reload();
    } catch (problem) {
      button.disabled = false;
      said.textContent = problem.message;
      said.hidden = false;
      said.focus();
    }
  });
}
