// Previewing and saving an escalation chain.
import { newKey, send } from "../shell/api.js";

const local = new Intl.DateTimeFormat("zh-CN", {
  timeZone: "Asia/Shanghai", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false,
});

function bodyOf(form) {
  const { steps, jurisdiction, reason } = form.elements;
  let parsed;
  try {
    parsed = JSON.parse(steps.value);
  } catch (problem) {
    throw new Error(`规则不是有效的 JSON：${problem.message}`);
  }
  return {
    severity: form.dataset.severity,
    jurisdiction: jurisdiction.value.trim(),
    steps: parsed,
    reason: reason.value.trim(),
  };
}

function item(one) {
  const row = document.createElement("li");
  const at = document.createElement("time");
  const what = document.createElement("b");
  const whom = document.createElement("span");
  at.textContent = local.format(new Date(one.at));
  what.textContent = one.what;
  whom.textContent = one.whom_label;
  row.append(at, what, whom);
  return row;
}

for (const form of document.querySelectorAll("form.chain")) {
  const said = form.querySelector(".alarm");
  const shown = form.querySelector(".preview");
  let key = newKey();

  const during = async (work) => {
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    said.hidden = true;
    try {
      await work();
    } catch (problem) {
      said.textContent = problem.message;
      said.hidden = false;
      said.focus();
    } finally {
      for (const button of form.querySelectorAll("button")) button.disabled = false;
    }
  };

  form.querySelector(".look").addEventListener("click", () =>
    during(async () => {
      const { ahead } = await send("/v1/chains/preview", { body: bodyOf(form) });
      shown.replaceChildren(...ahead.map(item));
      shown.hidden = false;
    }),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    during(async () => {
      await send("/v1/chains", { body: bodyOf(form), key });
      key = newKey();
      location.reload();
    });
  });
}
