// One camera: its present picture, places that are somebody after all, and hours of correct dress.
import { newKey, send } from "../shell/api.js";
import { watch } from "../wall/watching.js";

const said = document.getElementById("said");

function say(problem) {
  said.textContent = problem.message;
  said.hidden = false;
}

watch(document.querySelectorAll(".tile"), say);

for (const form of document.querySelectorAll(".refuse")) {
  const key = newKey();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    const camera = document.querySelector("[data-camera]").dataset.camera;
    const { place } = form.closest("[data-place]").dataset;
    try {
      await send(`/v1/cameras/${camera}/furniture/${place}/refuse`, { body: { reason: form.elements.reason.value.trim() }, key });
      location.reload();
    } catch (problem) {
      button.disabled = false;
      say(problem);
      said.focus();
    }
  });
}

const begin = document.getElementById("begin");
const begun = newKey();
begin?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = begin.querySelector("button");
  button.disabled = true;
  const { camera } = document.querySelector("[data-camera]").dataset;
  try {
    await send(`/v1/cameras/${camera}/baselines`, { body: { dressed_correctly: true }, key: begun });
    location.reload();
  } catch (problem) {
    button.disabled = false;
    say(problem);
    said.focus();
  }
});
