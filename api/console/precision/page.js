// Decisions on tuning proposals, and the verdicts that each was replayed on.
import { newKey, rooted, send } from "../shell/api.js";

const said = document.getElementById("said");

for (const form of document.querySelectorAll(".decide")) {
  const key = newKey();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { proposal, version } = form.closest("[data-proposal]").dataset;
    const buttons = form.querySelectorAll("button");
    for (const button of buttons) button.disabled = true;
    try {
      const step = event.submitter?.value ?? buttons[0].value;
      const body = { reason: form.elements.reason.value.trim() };
      await send(`/v1/proposals/${proposal}/${step}`, { body, version, key: `${key}-${step}` });
      location.reload();
    } catch (problem) {
      for (const button of buttons) button.disabled = false;
      said.textContent = problem.status === 412 ? "这项建议刚刚有变化，请刷新页面后再操作" : problem.message;
      said.hidden = false;
      said.focus();
    }
  });
}

const SHOWN = 100;
const when = new Intl.DateTimeFormat("zh-CN", { dateStyle: "short", timeStyle: "short", timeZone: "Asia/Shanghai" });

for (const more of document.querySelectorAll(".evidence")) {
  more.addEventListener("toggle", () => list(more), { once: true });
}

async function list(more) {
  const { proposal } = more.closest("[data-proposal]").dataset;
  const lines = more.querySelector("ol");
  const answer = await fetch(rooted(`/v1/proposals/${proposal}/verdicts?limit=${SHOWN}`)).catch(() => undefined);
  if (!answer?.ok) {
    lines.replaceChildren(item("载入失败，请刷新页面后再试"));
    return;
  }
  const { data, has_more: longer } = await answer.json();
  lines.replaceChildren(...data.map((one) => item(text(one))), ...(longer ? [item(`只列出最近 ${SHOWN} 次`)] : []));
}

function text({ found_at: at, confirmed, score, stays_away: away }) {
  const verdict = confirmed ? "属实" : "不属实";
  return `${when.format(new Date(at))} · ${verdict} · 置信度 ${score.toFixed(2)} · ${away ? "不再产生" : "仍会产生"}`;
}

function item(said) {
  const line = document.createElement("li");
  line.textContent = said;
  return line;
}
