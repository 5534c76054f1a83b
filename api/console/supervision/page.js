// A cadre's visit on a phone: kept at each change, signed without network, sent once when there is one.
import { newKey, rooted, send } from "../shell/api.js";
import { draftOf, drafts, keep } from "./drafts.js";
import { shoot, watch } from "../wall/watching.js";
import { deliverAll } from "./sending.js";

const AGAIN_MS = 30_000;
const { who } = document.getElementById("visits").dataset;
const said = document.getElementById("said");
const kept = document.getElementById("kept");
const form = document.getElementById("visit");
const rows = [...(form?.querySelectorAll(".row") ?? [])];
const chosen = (row) => row.querySelector("input[type=radio]:checked")?.value;
let draft = null;

function say(problem) {
  said.textContent = problem.message;
  said.hidden = false;
  said.focus();
}

function tell(text) {
  kept.textContent = text;
  kept.hidden = !text;
}

// A UUID of version 4; crypto.randomUUID needs https.
function newId() {
  const hex = newKey();
  const variant = "89ab"[parseInt(hex[16], 16) % 4];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

async function deliver() {
  const { sent, waiting, problem } = await deliverAll(who);
  tell(waiting ? `${waiting} 份督导记录保存在本机，联网后自动发送` : "");
  if (problem) say(problem);
  if (sent.length) location.reload();
}

function answers() {
  return rows.filter(chosen).map((row) => {
    const result = chosen(row);
    const problem = result === "problem" ? row.querySelector("[name=problem]").value.trim() : "";
    return { code: row.dataset.code, result, problem };
  });
}

function content() {
  const value = (name) => form.elements[name].value.trim();
  return {
    ...draft.content,
    mode: value("mode"),
    site_id: value("site_id"),
    answers: answers(),
    advice: value("advice"),
    cadre_name: value("cadre_name"),
    entity_name: value("entity_name"),
  };
}

async function note() {
  if (!draft || draft.waiting) return;
  draft.content = content();
  await keep(draft);
}

function locate() {
  const where = document.getElementById("where");
  if (!navigator.geolocation) return;
  navigator.geolocation.getCurrentPosition(
    async ({ coords }) => {
      const { latitude, longitude, accuracy } = coords;
      draft.content.position = { latitude, longitude, datum: "wgs84", accuracy_m: Math.min(accuracy, 100_000) };
      where.textContent = `已定位，误差约 ${Math.round(accuracy)} 米`;
      await note();
    },
    () => {
      where.textContent = "没有取得定位，请允许定位后重新打开本页";
    },
    { enableHighAccuracy: true, timeout: 20_000, maximumAge: 0 },
  );
}

function preview(photo) {
  const entry = document.createElement("li");
  const img = document.createElement("img");
  img.src = URL.createObjectURL(photo.blob);
  img.alt = "督导照片";
  img.onload = () => URL.revokeObjectURL(img.src);
  const away = document.createElement("button");
  away.type = "button";
  away.textContent = "×";
  away.setAttribute("aria-label", "移除照片");
  away.onclick = async () => {
    draft.photos = draft.photos.filter((one) => one !== photo);
    entry.remove();
    await note();
  };
  entry.append(img, away);
  document.getElementById("previews").append(entry);
}

function show() {
  document.getElementById("body").hidden = false;
  document.getElementById("begin").hidden = true;
  for (const { code, result, problem } of draft.content.answers ?? []) {
    const row = rows.find((one) => one.dataset.code === code);
    if (!row) continue;
    row.querySelector(`input[value=${result}]`).checked = true;
    row.querySelector("[name=problem]").value = problem;
    row.classList.toggle("is-problem", result === "problem");
  }
  for (const name of ["mode", "site_id", "advice", "cadre_name", "entity_name"])
    if (draft.content[name]) form.elements[name].value = draft.content[name];
  for (const photo of draft.photos) preview(photo);
  if (!draft.content.position) locate();
}

async function begin() {
  draft = {
    task: form.dataset.task,
    id: newId(),
    who,
    version: form.dataset.version,
    accepted: form.dataset.state !== "pushed",
    waiting: false,
    photos: [],
    content: { started_at: new Date().toISOString() },
  };
  await note();
  show();
}

function check() {
  const problem = rows.find((row) => chosen(row) === "problem" && !row.querySelector("[name=problem]").value.trim());
  const open = problem ?? rows.find((row) => !chosen(row));
  if (open) {
    open.scrollIntoView({ block: "center" });
    throw new Error(problem ? "有问题的项目要填写问题" : "还有项目没有填写");
  }
  if (!draft.content.cadre_name || !draft.content.entity_name) throw new Error("请双方签名");
}

async function submit(event) {
  event.preventDefault();
  said.hidden = true;
  const button = form.querySelector(".sign .primary");
  button.disabled = true;
  try {
    draft.content = content();
    check();
    draft.signed_at = new Date().toISOString();
    draft.content.ended_at = draft.signed_at;
    draft.waiting = true;
    await keep(draft);
    await deliver();
    draft = await draftOf(form.dataset.task);
  } catch (problem) {
    say(problem);
  } finally {
    button.disabled = Boolean(draft?.waiting);
  }
}

for (const row of rows) row.addEventListener("change", () => row.classList.toggle("is-problem", chosen(row) === "problem"));
form?.addEventListener("change", note);
form?.addEventListener("submit", submit);
document.getElementById("begin")?.addEventListener("click", begin);
document.getElementById("rest")?.addEventListener("click", async () => {
  for (const row of rows) if (!chosen(row)) row.querySelector("input[value=ok]").checked = true;
  await note();
});
document.getElementById("photos")?.addEventListener("change", async ({ target }) => {
  for (const blob of target.files) {
    const photo = { key: newKey(), blob, id: null };
    draft.photos.push(photo);
    preview(photo);
  }
  target.value = "";
  await note();
});

// An online visit takes present pictures of the cameras as its photos; they are evidence at once, and not sent again.
for (const button of document.querySelectorAll("#cameras .shoot")) {
  button.addEventListener("click", async () => {
    try {
      const photo = { key: newKey(), ...(await shoot(button, { supervision_id: draft.task })) };
      draft.photos.push(photo);
      preview(photo);
      await note();
    } catch (problem) {
      say(problem);
    }
  });
}
const cameras = document.getElementById("cameras");
cameras?.addEventListener("toggle", () => watch(cameras.querySelectorAll(".tile"), say), { once: true });

for (const step of document.querySelectorAll("form.do")) {
  const key = newKey();
  step.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const body = Object.fromEntries(new FormData(step));
      await send(step.dataset.path, { body, version: step.dataset.version, key });
      location.reload();
    } catch (problem) {
      say(problem);
    }
  });
}

const known = form && (await draftOf(form.dataset.task));
if (known && known.who === who) {
  draft = known;
  show();
  form.querySelector(".sign .primary").disabled = draft.waiting;
}
window.addEventListener("online", deliver);
setInterval(async () => (await drafts()).some((one) => one.waiting) && deliver(), AGAIN_MS);
await deliver();
