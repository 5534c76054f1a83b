// Adding, testing, switching and removing channels; sending dead letters again.
import { newKey, send } from "../shell/api.js";

const said = document.getElementById("said");

function say(text) {
  said.textContent = text;
  said.hidden = false;
  said.focus();
}

async function once(button, work) {
  button.disabled = true;
  said.hidden = true;
  try {
    await work();
    location.reload();
  } catch (problem) {
    button.disabled = false;
    say(problem.message);
  }
}

for (const button of document.querySelectorAll("[data-step]")) {
  const key = newKey();
  const { channel } = button.closest("[data-channel]").dataset;
  button.addEventListener("click", () => {
    if (button.dataset.step === "remove" && !confirm("删除后地址不再保留，等待发送的消息将取消。确定删除？")) return;
    once(button, () => send(`/v1/channels/${channel}/${button.dataset.step}`, { key }));
  });
}

for (const button of document.querySelectorAll(".again")) {
  const key = newKey();
  const { notice } = button.closest("[data-notice]").dataset;
  button.addEventListener("click", () => once(button, () => send(`/v1/notices/${notice}/retry`, { key })));
}

const form = document.getElementById("add");
let key = newKey();
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const body = {};
  for (const [name, value] of new FormData(form)) {
    if (value !== "" || name === "region") body[name] = value.trim();
  }
  if (body.cadre_id) delete body.region; // the channel of a cadre belongs to the cadre's region
  body.cap_per_hour = Number(body.cap_per_hour);
  once(form.querySelector("button"), async () => {
    await send("/v1/channels", { body, key });
    key = newKey();
  });
});
