// Set a password with a link that works once. Its token stands behind the # and never reaches a log.
import { rooted, send } from "../shell/api.js";

const token = location.hash.slice(1);
const form = document.getElementById("welcome");
const said = document.getElementById("said");
let first = false;

function say(text) {
  said.textContent = text;
  said.hidden = false;
  said.focus();
}

async function look() {
  try {
    const found = await send("/welcome/look", { body: { token } });
    first = found.login === null;
    document.getElementById("first").hidden = !first;
    document.getElementById("fields").hidden = false;
    document.getElementById("title").textContent = first ? "欢迎使用明厨" : "设置密码";
    document.getElementById("who").textContent = first ? "创建第一个管理员账号" : `${found.name}（${found.login}）`;
    for (const name of ["organisation", "login", "name"]) form.elements[name].required = first;
    form.elements[first ? "organisation" : "password"].focus();
  } catch (problem) {
    document.getElementById("who").textContent = "";
    say(problem.status === 404 ? "链接已失效或已使用过，请向管理员索取新的链接。" : problem.message);
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const values = Object.fromEntries(new FormData(form));
  if (values.password !== values.again) return say("两次输入的密码不一样");
  const body = { token, password: values.password };
  if (first) Object.assign(body, { organisation: values.organisation, login: values.login, name: values.name });
  try {
    await send("/welcome", { body });
    history.replaceState(null, "", location.pathname);
    location.assign(rooted("/"));
  } catch (problem) {
    say(problem.message);
  }
});

look();
