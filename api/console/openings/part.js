// Lines of the own calendar: added with a reason, ended with a reason.
import { actingAt } from "../shell/acting.js";
import { newKey, send } from "../shell/api.js";

const run = actingAt(document.getElementById("opening-said"));
const form = document.getElementById("opening");
const weekdays = form.querySelector(".weekdays");

const isWeekly = () => form.elements.kind.value === "weekly";
form.elements.kind.addEventListener("change", () => {
  weekdays.hidden = !isWeekly();
});

const key = newKey();
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const { kind, first, last, reason, business_kinds: kinds } = form.elements;
  const days = [...weekdays.querySelectorAll("input:checked")].map((one) => Number(one.value));
  const body = { kind: kind.value, first: first.value, last: last.value || null, reason: reason.value.trim() };
  body.weekdays = isWeekly() ? days : [];
  if (form.dataset.entity) body.entity_id = form.dataset.entity;
  else {
    body.jurisdiction = form.dataset.jurisdiction;
    body.business_kinds = [...kinds.selectedOptions].map((one) => one.value);
  }
  run(form.querySelector("button"), () => send("/v1/openings", { body, key }));
});

for (const end of document.querySelectorAll(".opening-end")) {
  const once = newKey();
  end.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = { reason: end.elements.reason.value.trim() };
    run(end.querySelector("button"), () => send(`/v1/openings/${end.dataset.id}/end`, { body, key: once }));
  });
}
