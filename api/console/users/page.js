// Make, change and end users and keys. What is shown once stays until its reader closes it.
import { newKey, send } from "../shell/api.js";

const said = document.getElementById("said");
const once = document.getElementById("once");

function valueOf(field) {
  if (field.type === "checkbox") return field.checked;
  const text = field.value.trim();
  if (text === "") return undefined;
  return "number" in field.dataset ? Number(text) : text;
}

for (const form of document.querySelectorAll("form.do")) {
  const key = newKey();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    const body = Object.fromEntries([...form.elements].filter((one) => one.name).map((one) => [one.name, valueOf(one)]));
    try {
      const made = await send(form.dataset.path, { body, version: form.dataset.version, key });
      const shown = made.link ?? made.secret;
      if (!shown) return location.reload();
      document.getElementById("once-what").textContent = made.link ? `${made.user.name} 的链接（72 小时内有效）` : `密钥“${made.key.name}”`;
      document.getElementById("once-text").textContent = shown;
      said.hidden = true;
      once.hidden = false;
      once.focus();
    } catch (problem) {
      button.disabled = false;
      said.textContent = problem.message;
      said.hidden = false;
      said.focus();
    }
  });
}

document.getElementById("once-done").addEventListener("click", () => location.reload());
