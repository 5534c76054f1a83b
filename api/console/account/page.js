// Password, second factor and sessions of one's own account.
import { send } from "../shell/api.js";

const said = document.getElementById("said");

function say(text) {
  said.textContent = text;
  said.hidden = false;
  said.focus();
}

function on(form, path, bodyOf) {
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = bodyOf(Object.fromEntries(new FormData(form)));
    if (body === null) return;
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      await send(path, { body });
      location.reload();
    } catch (problem) {
      button.disabled = false;
      say(problem.message);
    }
  });
}

on(document.getElementById("password"), "/v1/me/password", ({ present, password, again }) => {
  if (password === again) return { present, password };
  say("两次输入的新密码不一样");
  return null;
});
on(document.getElementById("confirm"), "/v1/me/second-factor/confirm", ({ code }) => ({ code: code.trim() }));
on(document.getElementById("drop"), "/v1/me/second-factor/remove", (values) => values);
for (const form of document.querySelectorAll("form.do")) on(form, form.dataset.path, () => ({}));

document.getElementById("propose")?.addEventListener("click", async ({ target }) => {
  try {
    const factor = await send("/v1/me/second-factor");
    document.getElementById("code").src = factor.picture;
    document.getElementById("secret").textContent = factor.secret;
    document.getElementById("factor").hidden = false;
    target.hidden = true;
    document.querySelector("#confirm input").focus();
  } catch (problem) {
    say(problem.message);
  }
});
