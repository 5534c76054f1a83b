// A meal: dishes, goods, samples, and who ate along.
import { newKey, send } from "../shell/api.js";

const form = document.getElementById("meal");
const said = document.getElementById("said");
const key = newKey();

document.getElementById("more")?.addEventListener("click", ({ target }) => {
  const line = form.querySelector(".supply").cloneNode(true);
  for (const input of line.querySelectorAll("input")) input.value = "";
  target.before(line);
});

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  said.hidden = true;
  const button = form.querySelector("button.primary");
  button.disabled = true;
  const value = (name) => form.elements[name]?.value.trim() ?? "";
  const supplies = [...form.querySelectorAll(".supply")]
    .map((line) => Object.fromEntries([...line.querySelectorAll("input")].map((one) => [one.name, one.value.trim()])))
    .filter(({ goods }) => goods);
  try {
    const body = {
      site_id: value("site_id"),
      day: value("day"),
      meal: value("meal"),
      diners: Number(value("diners")),
      dishes: value("dishes").split(/[、，,]/).map((dish) => dish.trim()).filter(Boolean),
      supplies,
      sampled: form.elements.sampled.checked,
      companion: value("companion"),
      companion_words: value("companion_words"),
    };
    await send("/v1/meals", { body, key });
    location.reload();
  } catch (problem) {
    said.textContent = problem.message;
    said.hidden = false;
    said.focus();
    button.disabled = false;
  }
});
