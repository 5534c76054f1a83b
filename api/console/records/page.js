// A day record: answers, "the rest is fine", saving and signing.
import { newKey, rooted, send } from "../shell/api.js";
import { toast } from "../shell/toast.js";

const said = document.getElementById("said");

function say(problem) {
  said.textContent = problem.message;
  said.hidden = false;
  said.focus();
}

const open = document.getElementById("open");
open?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { site_id, day, pack } = open.elements;
  try {
    const record = await send("/v1/records", { body: { site_id: site_id.value, day: day.value, pack: pack.value } });
    location.href = rooted(`/console/records?record=${record.id}`);
  } catch (problem) {
    say(problem);
  }
});

const form = document.getElementById("record");
const rows = [...(form?.querySelectorAll(".row") ?? [])];
const chosen = (row) => row.querySelector("input[type=radio]:checked")?.value;

for (const row of rows) {
  row.addEventListener("change", () => row.classList.toggle("is-problem", chosen(row) === "problem"));
}

// A disposal in one tap; several taps make a list.
for (const button of form?.querySelectorAll(".quick button") ?? []) {
  button.addEventListener("click", () => {
    const field = button.closest(".found").querySelector("[name=disposal]");
    const words = field.value.split("、").filter(Boolean);
    if (!words.includes(button.textContent)) field.value = [...words, button.textContent].join("、");
  });
}

document.getElementById("rest")?.addEventListener("click", () => {
  for (const row of rows) {
    if (!chosen(row)) row.querySelector("input[value=ok]").checked = true;
  }
});

function answers() {
  return rows
    .filter(chosen)
    .map((row) => {
      const value = (name) => row.querySelector(`[name=${name}]`).value.trim();
      const result = chosen(row);
      if (result !== "problem") return { code: row.dataset.code, result };
      return { code: row.dataset.code, result, problem: value("problem"), disposal: value("disposal") };
    });
}

async function save() {
  const path = `/v1/records/${form.dataset.record}/answers`;
  const record = await send(path, { body: { answers: answers() }, version: form.dataset.version, key: newKey() });
  form.dataset.version = record.version;
}

async function during(work) {
  const buttons = [...form.querySelectorAll(".sign button")];
  for (const button of buttons) button.disabled = true;
  said.hidden = true;
  try {
    await work();
  } catch (problem) {
    const lacking = rows.find((row) => chosen(row) === "problem" && !row.querySelector("[name=disposal]").value.trim());
    say(lacking ? new Error("有问题的项目要填写问题和处置") : problem);
    lacking?.scrollIntoView({ block: "center" });
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

document.getElementById("save")?.addEventListener("click", () =>
  during(async () => {
    await save();
    toast("已保存");
  }),
);
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  during(async () => {
    const open = rows.find((row) => !chosen(row));
    if (open) {
      open.scrollIntoView({ block: "center" });
      throw new Error("还有项目没有确认");
    }
    await save();
    const body = { name: document.getElementById("name").value.trim(), zero_risk: document.getElementById("zero").checked };
    await send(`/v1/records/${form.dataset.record}/sign`, { body, version: form.dataset.version, key: newKey() });
    location.reload();
  });
});
