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
  button.addEventListener("click", () => once(button, () => send(`/v1/channels/${channel}/${button.dataset.step}`, { key })));
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

const group = document.getElementById("group");
if (group) {
  const counted = document.getElementById("group-counted");
  const go = document.getElementById("group-send");
  let groupKey = newKey();
  const bodyOf = () => {
    const { region, audience, business_kinds: kinds, tiers, title, text } = group.elements;
    const chosen = (select) => [...select.selectedOptions].map((one) => one.value);
    const body = { region: region.value.trim(), audience: audience.value, title: title.value, text: text.value };
    return { ...body, business_kinds: chosen(kinds), tiers: chosen(tiers) };
  };
  // Whoever changes the message or the group looks again before it goes out.
  group.addEventListener("input", () => {
    go.disabled = true;
    counted.textContent = "";
    groupKey = newKey();
  });
  document.getElementById("group-look").addEventListener("click", async () => {
    said.hidden = true;
    try {
      const { members, reachable, messages } = await send("/v1/broadcasts/preview", { body: bodyOf() });
      counted.textContent = `${members} 家中 ${reachable} 家有渠道，将发送 ${messages} 条`;
      go.disabled = messages === 0;
    } catch (problem) {
      say(problem.message);
    }
  });
  group.addEventListener("submit", (event) => {
    event.preventDefault();
    once(go, () => send("/v1/broadcasts", { body: bodyOf(), key: groupKey }));
  });
}

for (const withdraw of document.querySelectorAll("form.withdraw")) {
  const key = newKey();
  const { broadcast } = withdraw.closest("[data-broadcast]").dataset;
  withdraw.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = { reason: withdraw.elements.reason.value.trim() };
    once(withdraw.querySelector("button"), () => send(`/v1/broadcasts/${broadcast}/withdraw`, { body, key }));
  });
}
