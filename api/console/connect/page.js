// Connect a camera: test it, register it, show the agent's configuration, wait for the first picture.
import { actingAt } from "../shell/acting.js";
import { newKey, rooted, send } from "../shell/api.js";
import { Regions } from "./regions.js";
import { toast } from "../shell/toast.js";

const by = (id) => document.getElementById(id);
const regions = new Regions(by("canvas"));
const CODECS = { h264: "H.264", hevc: "H.265" };
const LOOK_EVERY_MS = 2000;

function line(text, good) {
  const said = by("found-line");
  said.textContent = text;
  said.className = `verdict-line ${good ? "good" : "bad"}`;
}

function facts(found) {
  const rows = [
    ["编码", CODECS[found.codec] ?? found.codec],
    ["分辨率", found.width && `${found.width} × ${found.height}`],
    ["帧率", found.fps && `${found.fps.toFixed(1)} 帧/秒`],
    ["关键帧间隔", found.key_interval_s && `${found.key_interval_s.toFixed(1)} 秒`],
    ["码率", found.bitrate_kbps && `${Math.round(found.bitrate_kbps)} kbit/s`],
    ["首帧", found.first_frame_s && `${found.first_frame_s.toFixed(1)} 秒`],
    ["时钟偏差", found.clock_skew_s != null && `${found.clock_skew_s.toFixed(1)} 秒`],
  ];
  by("found-facts").replaceChildren(
    ...rows.filter(([, text]) => text).map(([name, text]) => {
      const row = document.createElement("div");
      row.append(Object.assign(document.createElement("dt"), { textContent: name }));
      row.append(Object.assign(document.createElement("dd"), { textContent: text }));
      return row;
    }),
  );
}

async function look(event) {
  event.preventDefault();
  const button = by("look-go");
  button.disabled = true;
  button.textContent = "检测中，最长半分钟……";
  try {
    const found = await send("/v1/camera-looks", {
      body: { url: by("url").value.trim(), username: by("cam-user").value || null, password: by("cam-password").value || null },
    });
    by("found").hidden = false;
    const good = !found.reason;
    line(good ? "画面正常，可以接入" : found.advice[0]?.zh ?? found.detail, good);
    facts(found);
    const more = good ? found.advice : found.advice.slice(1);
    by("found-advice").replaceChildren(...more.map((a) => Object.assign(document.createElement("li"), { textContent: a.zh })));
    if (found.snapshot) {
      const image = new Image();
      image.onload = () => {
        by("draw").hidden = false;
        regions.show(image);
      };
      image.src = `data:image/jpeg;base64,${found.snapshot}`;
    }
  } catch (problem) {
    by("found").hidden = false;
    line(problem.message, false);
    by("found-facts").replaceChildren();
    by("found-advice").replaceChildren();
  } finally {
    button.disabled = false;
    button.textContent = "重新检测";
  }
}

// A TOML basic string.
const quoted = (text) => JSON.stringify(text);

// The form's values for a camera; of a camera registered earlier only the id is known.
// Some makes require the password in the path: such an address belongs in its own file, like a password.
const HOLDS_SECRET = /:\/\/[^/]*:[^/]*@|(?:^|[^a-z])(?:login)?(?:password|passwd|passw|pass|pwd|pas|psw|secret|token|auth)=[^&/?;\s]/i;

const entered = (device) => ({ device, url: by("url").value.trim(), user: by("cam-user").value });

function toml(node, cameras) {
  const own = cameras.flatMap(({ device, url, user }) => [
    "",
    "[[camera]]",
    `device = ${quoted(device)}`,
    HOLDS_SECRET.test(url) ? `url_file = ${quoted(`${device}.url`)}` : `url = ${quoted(url || "rtsp://摄像机地址/路径")}`,
    ...(user ? [`username = ${quoted(user)}`, `password_file = ${quoted(`${device}.password`)}`] : []),
  ]);
  if (!node.node_never_online) return own.slice(1).join("\n");
  const platform = [
    "[platform]",
    `broker = ${quoted(node.broker_url)}`,
    ...(node.authority ? [`ca = """\n${node.authority.trim()}\n"""`] : []),
    `tenant = ${quoted(node.tenant_id)}`,
    `site = ${quoted(node.site_id)}`,
    `node = ${quoted(node.node_id)}`,
    'password_file = "node.password"',
    'state_dir = "state"',
  ];
  return [...platform, ...own].join("\n");
}

// Sending the same camera again after a lost answer reuses the key, so that it is not registered twice.
let sent = { body: "", key: "" };

function once(body) {
  const text = JSON.stringify(body);
  if (text !== sent.body) sent = { body: text, key: newKey() };
  return sent.key;
}

async function place(event) {
  event.preventDefault();
  by("place-said").hidden = true;
  by("place-go").disabled = true;
  regions.close();
  try {
    const body = { site_id: by("site").value, zone: by("zone").value, name: by("name").value.trim(), regions: regions.regions };
    const camera = await send("/v1/cameras", { body, key: once(body) });
    run(camera, [entered(camera.device_id)]);
    if (camera.node_is_new) await secret(camera.node_id);
  } catch (problem) {
    by("place-said").textContent = problem.message;
    by("place-said").hidden = false;
    by("place-go").disabled = false;
  }
}

// A node's secret is shown once. If it did not arrive or was lost, the owner can create another until the node connects.
async function secret(node) {
  by("secret-said").hidden = true;
  by("secret-new").disabled = true;
  try {
    by("secret").textContent = (await send(`/v1/nodes/${node}/secret`)).secret;
    by("secret-line").hidden = false;
    by("secret-offer").hidden = true;
  } catch (problem) {
    by("secret-said").textContent = `未能获取接入密码：${problem.message}`;
    by("secret-said").hidden = false;
    by("secret-offer").hidden = false;
  } finally {
    by("secret-new").disabled = false;
  }
}

function run(node, cameras) {
  by("step-run").hidden = false;
  by("run-which").textContent = node.node_never_online
    ? "将以下内容保存为 agent.toml，接入密码保存到 node.password，然后启动："
    : `该场所已有接入程序（${node.node_id}）：将以下内容加到其 agent.toml 末尾，然后重启：`;
  by("toml").textContent = toml(node, cameras);
  by("secret-line").hidden = true;
  by("secret-offer").hidden = !node.node_never_online || node.node_is_new;
  by("secret-new").onclick = () => secret(node.node_id);
  const lines = [];
  if (node.node_never_online) lines.push("umask 077", "cat > node.password   # 粘贴接入密码，回车，再按 Ctrl+D");
  for (const { device, user } of cameras) if (user) lines.push(`cat > ${device}.password   # 输入摄像机密码，回车，再按 Ctrl+D`);
  const hidden = cameras.filter(({ url }) => HOLDS_SECRET.test(url)).map(({ device }) => `${device}.url`);
  for (const file of hidden) lines.push(`cat > ${file}   # 粘贴摄像机地址，回车，再按 Ctrl+D`);
  lines.push(`chmod 600 ${["*.password", ...hidden, "agent.toml"].join(" ")}`, "mingchu agent --config agent.toml");
  by("commands").textContent = lines.join("\n");
  by("step-run").scrollIntoView({ behavior: "smooth", block: "start" });
  wait(cameras[0].device);
}

function resume(event) {
  const { resume: node_id, tenant: tenant_id, site: site_id, broker: broker_url, authority, online, cameras } = event.target.dataset;
  const node_never_online = online === undefined;
  const node = { node_id, tenant_id, site_id, broker_url, authority, node_never_online, node_is_new: false };
  run(node, cameras.split(" ").map((device) => ({ device, url: "", user: "" })));
}

async function withdraw(event) {
  const camera = event.target.dataset.withdraw;
  await acting(event.target, () => send(`/v1/devices/${camera}/decommission`, { body: { reason: "未完成接入，由企业取消" } }));
}
const acting = by("unfinished") ? actingAt(by("unfinished-said")) : undefined;

let timer;

function wait(device) {
  const began = Date.now();
  clearInterval(timer);
  timer = setInterval(async () => {
    if (document.hidden) return;
    const answer = await fetch(rooted(`/v1/devices/${device}`), { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) return;
    const now = await answer.json();
    const said = by("waiting");
    const text = said.lastChild;
    if (now.last_frame_at) {
      said.classList.add("on");
      text.textContent = "已上线：平台收到画面";
      clearInterval(timer);
      toast("摄像机已上线");
    } else if (now.health?.state === "offline") text.textContent = `接入程序已连上，但摄像机没有画面（${now.health.reason ?? "原因未知"}）`;
    else if (now.online) text.textContent = "接入程序已连上平台，等待第一帧画面……";
    else if (Date.now() - began > 120000) text.textContent = "尚未连上：请查看接入程序的输出，其中会说明原因";
  }, LOOK_EVERY_MS);
}

by("look").addEventListener("submit", look);
by("place").addEventListener("submit", place);
for (const button of document.querySelectorAll("[data-resume]")) button.addEventListener("click", resume);
by("undo").addEventListener("click", () => regions.undo());
by("clear").addEventListener("click", () => regions.clear());
for (const button of document.querySelectorAll("[data-withdraw]")) button.addEventListener("click", withdraw);
for (const radio of document.querySelectorAll("input[name=kind]")) {
  radio.addEventListener("change", () => {
    regions.close();
    regions.kind = radio.value;
  });
}
