// Beginning and ending overrides of a code.
import { send } from "../shell/api.js";

const code = document.getElementById("code").dataset.code;
const said = document.getElementById("said");
const level = document.getElementById("level");
const place = document.getElementById("place");
const LISTS = { device: "devices", entity: "entities", region: "regions" };
const FIELDS = { device: "device_id", entity: "entity_id", region: "region" };

function choose() {
  const whole = level.value === "tenant";
  document.getElementById("place-label").hidden = whole;
  place.disabled = whole;
  place.setAttribute("list", LISTS[level.value] ?? "");
}

level.addEventListener("change", () => {
  place.value = "";
  choose();
});
choose();

async function once(form, path, body) {
  const buttons = [...form.querySelectorAll("button")];
  for (const button of buttons) button.disabled = true;
  said.hidden = true;
  try {
    await send(path, { body });
    location.reload();
  } catch (problem) {
    for (const button of buttons) button.disabled = false;
    said.textContent = problem.message;
    said.hidden = false;
    said.focus();
  }
}

const number = (text) => (text === "" ? undefined : Number(text));

function wish(fields, form) {
  const limits = {};
  for (const input of form.querySelectorAll("[data-limit]")) {
    if (input.value !== "") limits[input.dataset.limit] = Number(input.value);
  }
  const [low, high] = [number(fields.low?.value ?? ""), number(fields.high?.value ?? "")];
  const hours = number(fields.deadline_h.value);
  const watched = fields.watched.value;
  return {
    [FIELDS[level.value] ?? "region"]: level.value === "tenant" ? undefined : place.value.trim(),
    watched: watched === "" ? undefined : watched === "true",
    severity: fields.severity.value || undefined,
    deadline_s: hours === undefined ? undefined : hours * 3600,
    hours: fields.hours?.value.trim() || undefined,
    min_score: number(fields.min_score?.value ?? ""),
    ignored_area: fields.area?.value.trim() ? fields.area.value.split(/[,，]/).map(Number) : undefined,
    limits,
    plausible: low === undefined && high === undefined ? undefined : [low, high],
    report_every_s: number(fields.report_every_s?.value ?? ""),
    valid_until: fields.until.value ? new Date(`${fields.until.value}+08:00`).toISOString() : undefined,
    reason: fields.reason.value.trim(),
  };
}

const begin = document.getElementById("begin");
begin.addEventListener("submit", (event) => {
  event.preventDefault();
  once(begin, `/v1/codes/${code}/overrides`, wish(begin.elements, begin));
});

for (const form of document.querySelectorAll("[data-end]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const reason = form.elements.reason.value.trim();
    once(form, `/v1/codes/${code}/overrides/${form.dataset.end}/end`, { reason });
  });
}
