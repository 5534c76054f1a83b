// Profile, tier, cadres and registered changes of enterprises.
import { newKey, send } from "../shell/api.js";

const said = document.getElementById("said");

function say(problem) {
  said.textContent = problem.message;
  said.hidden = false;
  said.focus();
}

// Local times of the form are those of the office, whatever the browser's zone.
const shanghai = (text) => `${text}:00+08:00`;

function valueOf(field) {
  if ("check" in field.dataset) return field.checked;
  const text = field.value.trim();
  if ("text" in field.dataset) return text;
  if ("list" in field.dataset) return text === "" ? [] : [text];
  if (text === "") return "null" in field.dataset ? null : undefined;
  if ("number" in field.dataset) return Number(text);
  return field.type === "datetime-local" ? shanghai(text) : text;
}

for (const form of document.querySelectorAll("form.do")) {
  const key = newKey();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    const body = Object.fromEntries([...form.elements].filter((one) => one.name).map((one) => [one.name, valueOf(one)]));
    try {
      await send(form.dataset.path, { body, version: form.dataset.version, key });
      location.reload();
    } catch (problem) {
      button.disabled = false;
      say(problem);
    }
  });
}
