// The steps of a task: steps without and with a reason, and the submission with its photos.
import { send } from "../shell/api.js";
import { Photos } from "./photos.js";

const task = document.getElementById("task");
const said = document.getElementById("said");
const path = `/v1/tasks/${task.dataset.task}`;

function say(text) {
  said.textContent = text;
  said.hidden = !text;
  if (text) said.scrollIntoView({ block: "center" });
}

async function once(form, deed) {
  const buttons = [...form.querySelectorAll("button")];
  for (const button of buttons) button.disabled = true;
  say("");
  try {
    await deed();
    location.reload();
  } catch (problem) {
    for (const button of buttons) button.disabled = false;
    if (problem.status === 412) say("这项任务刚刚有变化，请刷新页面后再操作");
    else say(problem.message);
  }
}

const ASKED = {
  void: "作废这项任务？作废后任务和预警一并关闭，不能恢复。",
  transfer: "移送线索给执法部门？移送后停止计时，直到线索办结或被退回。",
};

for (const form of document.querySelectorAll("[data-step]")) {
  if (form.dataset.step in ASKED) form.dataset.confirm = ASKED[form.dataset.step];
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const reason = form.elements.reason?.value.trim() ?? "";
    once(form, () => send(`${path}/${form.dataset.step}`, { body: { reason }, version: task.dataset.version }));
  });
}

const wishes = {
  "ask-extension": (fields) => ({ hours: Number(fields.hours.value), reason: fields.reason.value.trim() }),
  transfer: (fields) => ({
    ground: fields.ground.value,
    addressee: fields.addressee.value.trim(),
    reason: fields.reason.value.trim(),
  }),
};
for (const [step, bodyOf] of Object.entries(wishes)) {
  const form = document.getElementById(step);
  if (form && step in ASKED) form.dataset.confirm = ASKED[step];
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    once(form, () => send(`${path}/${step}`, { body: bodyOf(form.elements), version: task.dataset.version }));
  });
}

const appeal = document.getElementById("appeal");
if (appeal) {
  const photos = new Photos(document.getElementById("appeal-photos-chosen"), document.getElementById("appeal-previews"), say);
  appeal.addEventListener("submit", (event) => {
    event.preventDefault();
    once(appeal, async () => {
      const { reason, text } = appeal.elements;
      const body = { reason: reason.value, text: text.value.trim(), photo_ids: await uploaded(photos, "photo_appeal") };
      await send(`${path}/appeal`, { body, version: task.dataset.version });
    });
  });
}

const submission = document.getElementById("submit");
if (submission) {
  const photos = new Photos(document.getElementById("photos"), document.getElementById("previews"), say);
  submission.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!photos.files.length) return say("请先拍照或选择至少一张整改后照片");
    const { here } = submission.elements;
    if (!here.checked) return say(`${here.parentElement.textContent.trim()}的才能作为整改证明`);
    once(submission, async () => {
      const photo_ids = await uploaded(photos, "photo_after");
      const { measure, cause } = submission.elements;
      await send(`${path}/submit`, {
        body: { photo_ids, measure: measure.value.trim(), cause: cause.value.trim(), zone: here.value },
        version: task.dataset.version,
      });
    });
  });
}

// Upload the chosen photos one by one and return their ids; what was uploaded is not sent again after a failure.
async function uploaded(photos, kind) {
  for (const file of photos.files.filter((one) => !photos.ids.has(one))) {
    const form = new FormData();
    form.append("file", file);
    photos.ids.set(file, (await send(`${path}/photos?kind=${kind}`, { form })).id);
  }
  return photos.files.map((file) => photos.ids.get(file));
}
