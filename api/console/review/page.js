// The review page: choose an alert, give a verdict by click or key, open the next alert.
import { fragment, rooted, send } from "../shell/api.js";
import { Film } from "./film.js";
import { keepFocus } from "../shell/focus.js";
import { keys } from "./keys.js";
import { news } from "../shell/news.js";
import { Pictures } from "./pictures.js";
import { toast } from "../shell/toast.js";

const page = document.getElementById("review");
const queue = document.getElementById("queue");
const item = document.getElementById("item");
const help = document.getElementById("help");
const WORDS = {
  confirm: "已确认，整改任务已派发",
  false_alarm: "已记为误报",
  not_violation: "已记为不构成违规",
  duplicate: "已记为重复",
  test: "已记为测试",
  inconclusive: "已记为无法判定",
};
const ahead = new Map();
let pictures;
let film;
let busy = false;
let opening = false;
let wanted = 0;

const alertNow = () => document.getElementById("alert");
const rows = () => [...queue.querySelectorAll("[data-alert]")];
const at = (id) => rows().findIndex((row) => row.dataset.alert === id);

function mark() {
  const id = alertNow()?.dataset.alert;
  for (const row of rows()) {
    if (row.dataset.alert === id) {
      row.setAttribute("aria-current", "true");
      row.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else row.removeAttribute("aria-current");
  }
  const next = rows()[at(id) + 1];
  if (next) load(next.dataset.alert).catch(() => ahead.clear());
}

function load(id) {
  if (!ahead.has(id)) {
    if (ahead.size > 4) ahead.clear();
    ahead.set(id, fragment(`/console/review/items/${id}`));
  }
  return ahead.get(id);
}

async function open(id) {
  const mine = ++wanted;
  opening = true; // the screen still shows another alert, so it accepts no verdict
  item.classList.add("busy");
  try {
    const html = id ? await load(id) : document.getElementById("empty").innerHTML;
    ahead.delete(id);
    if (mine !== wanted) return;
    // Focus the heading, not the same button, so that Enter gives no verdict on an alert that nobody has read.
    keepFocus(item, () => (item.innerHTML = html), []);
    history.replaceState(null, "", rooted(id ? `/console/review?alert=${id}` : "/console/review"));
    dress();
  } catch (problem) {
    ahead.delete(id);
    toast(problem.message, true);
  } finally {
    if (mine === wanted) {
      opening = false;
      item.classList.remove("busy");
    }
  }
}

function dress() {
  const shown = alertNow();
  pictures = shown ? new Pictures(shown) : undefined;
  film?.close();
  film = shown?.querySelector("#clip") ? new Film(shown, () => filmButton()) : undefined;
  mark();
}

function filmButton() {
  const button = document.getElementById("filming");
  if (!button) return;
  button.disabled = !film?.video;
  button.setAttribute("aria-pressed", String(Boolean(film?.shown)));
}

function filming() {
  film?.toggle();
  filmButton();
}

function boxes() {
  pictures?.toggle();
  Film.boxes = Pictures.boxes;
  if (film?.video) film.boxes();
}

function step(by) {
  const all = rows();
  if (!all.length) return;
  const here = at(alertNow()?.dataset.alert);
  const next = all[here < 0 ? 0 : Math.max(0, Math.min(all.length - 1, here + by))];
  if (next.dataset.alert !== alertNow()?.dataset.alert) open(next.dataset.alert);
}

function say(text) {
  const said = document.getElementById("said");
  if (!said) return toast(text, true);
  said.textContent = text;
  said.hidden = !text;
}

async function judge(verdict, reason) {
  const shown = alertNow();
  if (busy || opening || !shown || !("pending" in shown.dataset)) return;
  const remark = document.getElementById("remark").value.trim();
  if (verdict === "inconclusive" && !remark) {
    say("无法判定须写明原因：写好备注后按 Enter");
    const field = document.getElementById("remark");
    field.dataset.then = "inconclusive";
    return field.focus();
  }
  const { alert: id, revision } = shown.dataset;
  busy = true;
  item.classList.add("busy");
  try {
    const body = verdict === "reject" ? { reason, remark } : { remark };
    await send(`/v1/alerts/${id}/${verdict}`, { body, version: revision });
    toast(WORDS[reason ?? verdict]);
    await leave(id);
  } catch (problem) {
    await failed(problem, id);
  } finally {
    busy = false;
    item.classList.remove("busy");
  }
}

async function leave(id) {
  const place = at(id);
  keepFocus(queue, () => rows()[place]?.closest("li").remove());
  count();
  const next = rows()[Math.min(Math.max(place, 0), rows().length - 1)];
  await open(next?.dataset.alert);
}

async function failed(problem, id) {
  if (problem.status === 412 || problem.code === "invalid_transition") {
    ahead.delete(id);
    await refresh();
    await open(id);
    toast(problem.message, true);
  } else say(problem.message);
}

function count() {
  const number = document.getElementById("count");
  if (!number.textContent.endsWith("+")) number.textContent = rows().length;
}

async function refresh() {
  const top = document.getElementById("rows")?.scrollTop ?? 0;
  try {
    const html = await fragment("/console/review/queue");
    keepFocus(queue, () => (queue.innerHTML = html));
  } catch {
    return;
  }
  document.getElementById("rows").scrollTop = top;
  ahead.clear();
  if (alertNow()) mark();
  else if (rows().length) await open(rows()[0].dataset.alert);
}

queue.addEventListener("click", (event) => {
  if (event.target.closest("#open-help")) return help.showModal();
  const row = event.target.closest("[data-alert]");
  if (!row || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  open(row.dataset.alert);
});
item.addEventListener("click", (event) => {
  if (event.target.closest("#filming")) return filming();
  if (event.target.closest("#boxes")) return boxes();
  const button = event.target.closest("[data-verdict]");
  if (button) judge(button.dataset.verdict, button.dataset.reason);
});
item.addEventListener("keydown", (event) => {
  if (event.target.id !== "remark" || event.isComposing) return;
  if (event.key === "Escape") event.target.blur();
  if (event.key === "Enter") {
    event.preventDefault();
    if (event.target.dataset.then) judge(event.target.dataset.then);
    else event.target.blur();
  }
});
item.addEventListener("focusout", (event) => {
  // Who leaves the remark has dropped the verdict that waited for it, unless it is another window that they go to.
  if (!event.target.dataset?.then || !document.hasFocus()) return;
  delete event.target.dataset.then;
  say("");
});
help.addEventListener("keydown", (event) => {
  if (event.key !== "?") return;
  event.stopPropagation(); // otherwise the same key opens the dialog again
  help.close();
});

keys({
  y: () => judge("confirm"),
  n: () => judge("reject", "false_alarm"),
  2: () => judge("reject", "not_violation"),
  3: () => judge("reject", "duplicate"),
  4: () => judge("reject", "test"),
  0: () => judge("inconclusive"),
  j: () => step(1),
  k: () => step(-1),
  b: boxes,
  v: filming,
  m: () => film?.shown && film.jump(),
  " ": () => film?.shown && film.play(),
  r: () => document.getElementById("remark")?.focus(),
  ArrowLeft: () => pictures?.move(-1),
  ArrowRight: () => pictures?.move(1),
  "?": () => help.showModal(),
});

// The waiting times on the page age even if no event arrives.
setInterval(() => busy || document.hidden || refresh(), 60000);
news(["mingchu.alert.*"], page.dataset.cursor, () => (busy ? undefined : refresh()));
dress();
