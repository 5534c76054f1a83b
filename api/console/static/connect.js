// Connecting a camera: look at it, register it, hand its owner what the agent needs, wait for the first picture.
import { send } from "./api.js";
import { Regions } from "./regions.js";
import { toast } from "./toast.js";

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

function toml(camera) {
  const user = by("cam-user").value;
  const own = [
    "[[camera]]",
    `device = ${quoted(camera.device_id)}`,
    `url = ${quoted(by("url").value.trim() || "rtsp://摄像机地址/路径")}`,
    ...(user ? [`username = ${quoted(user)}`, `password_file = ${quoted(`${camera.device_id}.password`)}`] : []),
  ];
  if (!camera.node_is_new) return own.join("\n");
  const platform = [
    "[platform]",
    `broker = ${quoted(camera.broker_url)}`,
    `tenant = ${quoted(camera.tenant_id)}`,
    `site = ${quoted(camera.site_id)}`,
    `node = ${quoted(camera.node_id)}`,
    'password_file = "node.password"',
    'state_dir = "state"',
  ];
  return [...platform, "", ...own].join("\n");
}

async function place(event) {
  event.preventDefault();
  by("place-said").hidden = true;
  by("place-go").disabled = true;
  regions.close();
  try {
    const camera = await send("/v1/cameras", {
      body: { site_id: by("site").value, zone: by("zone").value, name: by("name").value.trim(), regions: regions.regions },
    });
    const secret = camera.node_is_new ? (await send(`/v1/nodes/${camera.node_id}/secret`)).secret : null;
    run(camera, secret);
  } catch (problem) {
    by("place-said").textContent = problem.message;
    by("place-said").hidden = false;
    by("place-go").disabled = false;
  }
}

function run(camera, secret) {
  by("step-run").hidden = false;
  by("run-which").textContent = camera.node_is_new
    ? "把下面内容存为 agent.toml，接入密码存入 node.password，然后启动："
    : `该场所已有接入程序（${camera.node_id}）：把下面一段加到它的 agent.toml 末尾，然后重启它：`;
  by("toml").textContent = toml(camera);
  const lines = [];
  if (secret) {
    by("secret-line").hidden = false;
    by("secret").textContent = secret;
    lines.push("umask 077", "cat > node.password   # 粘贴接入密码，回车，再按 Ctrl+D");
  }
  if (by("cam-user").value) lines.push(`cat > ${camera.device_id}.password   # 输入摄像机密码，回车，再按 Ctrl+D`);
  lines.push("chmod 600 *.password agent.toml", "mingchu agent --config agent.toml");
  by("commands").textContent = lines.join("\n");
  by("step-run").scrollIntoView({ behavior: "smooth", block: "start" });
  wait(camera.device_id);
}

function wait(device) {
  const began = Date.now();
  const timer = setInterval(async () => {
    if (document.hidden) return;
    const answer = await fetch(`/v1/devices/${device}`, { headers: { Accept: "application/json" } }).catch(() => null);
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
    else if (Date.now() - began > 120000) text.textContent = "还没有连上：请看接入程序的输出，它会说明原因";
  }, LOOK_EVERY_MS);
}

by("look").addEventListener("submit", look);
by("place").addEventListener("submit", place);
by("undo").addEventListener("click", () => regions.undo());
by("clear").addEventListener("click", () => regions.clear());
for (const radio of document.querySelectorAll("input[name=kind]")) {
  radio.addEventListener("change", () => {
    regions.close();
    regions.kind = radio.value;
  });
}
