// Naming people, their places, absences, and hand-overs.
import { newKey, send } from "../shell/api.js";

const said = document.getElementById("said");
const entity = document.querySelector("[data-entity]").dataset.entity;

function say(problem) {
  said.textContent = problem.message;
  said.hidden = false;
  said.focus();
}

// Local times of the form are those of the kitchen, whatever the browser's zone.
const shanghai = (text) => `${text}:00+08:00`;

function bodyOf(form) {
  const body = {};
  for (const [name, value] of new FormData(form)) {
    if (value === "") continue;
    body[name] = name.startsWith("absent_") ? shanghai(value) : value.trim();
  }
  if (form.dataset.entity) body.entity_id = entity;
  return body;
}

for (const form of document.querySelectorAll("form.do")) {
  const key = newKey();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      await send(form.dataset.path, { body: bodyOf(form), key });
      location.reload();
    } catch (problem) {
      button.disabled = false;
      say(problem);
    }
  });
}

const handOver = document.getElementById("hand-over");
if (handOver) {
  const counted = document.getElementById("counted");
  const move = document.getElementById("move");
  let count = null;
  const forget = () => {
    count = null;
    move.disabled = true;
    counted.textContent = "";
  };
  for (const name of ["giver_id", "taker_id", "site_id"]) handOver.elements[name].addEventListener("change", forget);
  document.getElementById("look").addEventListener("click", async () => {
    try {
      ({ count } = await send("/v1/hand-overs/preview", { body: bodyOf(handOver) }));
      counted.textContent = `将移交 ${count} 项未办结任务`;
      move.disabled = count === 0;
    } catch (problem) {
      say(problem);
    }
  });
  handOver.addEventListener("submit", async (event) => {
    event.preventDefault();
    move.disabled = true;
    try {
      await send("/v1/hand-overs", { body: { ...bodyOf(handOver), count } });
      location.reload();
    } catch (problem) {
      say(problem);
      forget();
    }
  });
}
