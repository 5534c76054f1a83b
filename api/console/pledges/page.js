// Signing a pledge.
import { newKey, send } from "../shell/api.js";

const said = document.getElementById("said");
const form = document.getElementById("sign");
const key = newKey();

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const { name, proof } = form.elements;
    const body = { name: name.value.trim(), text_sha256: form.dataset.digest, proof: proof.value };
    await send(form.dataset.path, { body, key });
    location.reload();
  } catch (problem) {
    button.disabled = false;
    said.textContent = problem.message;
    said.hidden = false;
    said.focus();
  }
});

document.getElementById("print")?.addEventListener("click", () => window.print());
