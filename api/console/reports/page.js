// Reports on weeks and months: opening, writing, signing, and ending assigned work.
import { newKey, rooted, send } from "../shell/api.js";
import { toast } from "../shell/toast.js";

const said = document.getElementById("said");
const value = (id) => document.getElementById(id)?.value.trim() ?? "";

function say(problem) {
  said.textContent = problem.message;
  said.hidden = false;
  said.focus();
}

async function during(form, work) {
  const buttons = [...form.querySelectorAll("button")];
  for (const button of buttons) button.disabled = true;
  said.hidden = true;
  try {
    await work();
  } catch (problem) {
    say(problem);
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

for (const form of document.querySelectorAll("form.open")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = { kind: form.dataset.kind, ...Object.fromEntries(new FormData(form)) };
    during(form, async () => {
      const report = await send("/v1/reports", { body });
      location.href = rooted(`/console/reports?report=${report.id}`);
    });
  });
}

for (const form of document.querySelectorAll("form.done")) {
  const key = newKey();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = { note: form.elements.note.value.trim() };
    during(form, async () => {
      await send(`/v1/work-items/${form.dataset.id}/done`, { body, key });
      location.reload();
    });
  });
}

const form = document.getElementById("report");

function points() {
  return [...form.querySelectorAll("[data-point]")]
    .map((row) => ({
      number: Number(row.dataset.point),
      result: row.querySelector("input[type=radio]:checked")?.value,
      problem: row.querySelector("[name=problem]").value.trim(),
      disposal: row.querySelector("[name=disposal]").value.trim(),
    }))
    .filter(({ result }) => result);
}

function week() {
  const problems = [...form.querySelectorAll("[data-ref]")].map((row) => {
    const field = (name) => row.querySelector(`[name=${name}]`);
    return {
      ref: row.dataset.ref,
      measure: field("measure").value.trim(),
      person: field("person").value.trim(),
      limit: field("limit").value || null,
      done: field("done").checked,
    };
  });
  const rating = form.querySelector("[name=rating]:checked")?.value ?? null;
  return { rating, words: value("words"), plan: value("plan"), problems, points: points() };
}

function month() {
  const decisions = [...form.querySelectorAll(".decision")]
    .map((row) => ({
      what: row.querySelector("[name=what]").value.trim(),
      who: row.querySelector("[name=who]").value.trim(),
      due: row.querySelector("[name=due]").value,
    }))
    .filter(({ what, who, due }) => what || who || due);
  if (decisions.some(({ what, who, due }) => !(what && who && due))) throw new Error("每项决定要填写事项、责任人和期限");
  const present = value("present").split(/[、,，\s]+/).filter(Boolean);
  const written = { words: value("words"), plan: value("plan"), decisions, points: points() };
  return { chair: value("chair"), place: value("place"), present, ...written };
}

async function save() {
  const { id, kind, version } = form.dataset;
  const report = await send(`/v1/reports/${id}/${kind}`, { body: kind === "week" ? week() : month(), version, key: newKey() });
  form.dataset.version = report.version;
}

document.getElementById("all-well")?.addEventListener("click", () => {
  for (const row of form.querySelectorAll("[data-point]")) {
    if (!row.querySelector("input[type=radio]:checked")) row.querySelector("input[value=ok]").checked = true;
  }
});

document.getElementById("save")?.addEventListener("click", () =>
  during(form, async () => {
    await save();
    toast("已保存");
  }),
);
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  during(form, async () => {
    if (form.dataset.kind === "week" && !form.querySelector("[name=rating]:checked")) throw new Error("请选择风险评定");
    if (!value("words")) throw new Error(form.dataset.kind === "week" ? "请填写分析研判" : "请填写汇报情况");
    await save();
    await send(`/v1/reports/${form.dataset.id}/sign`, { body: { name: value("name") }, version: form.dataset.version, key: newKey() });
    location.reload();
  });
});
