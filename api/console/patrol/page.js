// An online patrol: watch the cameras of a kitchen, keep pictures, answer the checklist, sign.
import { newKey, send } from "../shell/api.js";
import { shoot, watch } from "../wall/watching.js";

const said = document.getElementById("said");
const form = document.getElementById("patrol");
const rows = [...(form?.querySelectorAll(".row") ?? [])];
const chosen = (row) => row.querySelector("input[type=radio]:checked")?.value;
const hex = newKey();
const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
const started = new Date().toISOString();
const shots = [];

function say(problem) {
  said.textContent = problem.message;
  said.hidden = false;
  said.focus();
}

for (const button of form?.querySelectorAll(".shoot") ?? []) {
  button.addEventListener("click", async () => {
    try {
      shots.push((await shoot(button)).id);
      button.closest(".tile").classList.add("shot");
      document.getElementById("count").textContent = shots.length;
    } catch (problem) {
      say(problem);
    }
  });
}

for (const row of rows) row.addEventListener("change", () => row.classList.toggle("is-problem", chosen(row) === "problem"));
document.getElementById("rest")?.addEventListener("click", () => {
  for (const row of rows) if (!chosen(row)) row.querySelector("input[value=ok]").checked = true;
});

function answers() {
  const open = rows.find((row) => !chosen(row));
  if (open) {
    open.scrollIntoView({ block: "center" });
    throw new Error("还有项目没有填写");
  }
  return rows.map((row) => {
    const result = chosen(row);
    const problem = result === "problem" ? row.querySelector("[name=problem]").value.trim() : "";
    if (result === "problem" && !problem) throw new Error("有问题的项目要填写问题");
    return { code: row.dataset.code, result, problem };
  });
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  said.hidden = true;
  const button = form.querySelector(".sign .primary");
  button.disabled = true;
  try {
    if (!shots.length) throw new Error("请至少截取一张画面");
    const value = (name) => form.elements[name].value.trim();
    const body = {
      id,
      site_id: form.dataset.site,
      started_at: started,
      ended_at: new Date().toISOString(),
      answers: answers(),
      advice: value("advice"),
      shot_ids: shots,
      name: value("name"),
    };
    await send("/v1/patrols", { body });
    location.reload();
  } catch (problem) {
    say(problem);
  } finally {
    button.disabled = false;
  }
});

if (form) watch(form.querySelectorAll(".tile"), say);
