// The live wall: asks for the pictures of its cameras while it is in sight, and shows each as it arrives.
import { send } from "../shell/api.js";

const EVERY_MS = 5000;
const STALE_MS = 30000;
const tiles = new Map([...document.querySelectorAll(".tile")].map((tile) => [tile.dataset.camera, tile]));
const said = document.getElementById("said");

async function show(id, tile) {
  const answer = await fetch(`/v1/camera-views/${id}`, { headers: { Accept: "image/jpeg" } });
  if (!answer.ok) return;
  const at = answer.headers.get("X-Captured-At");
  const [image, note] = [tile.querySelector("img"), tile.querySelector(".at")];
  image.classList.toggle("stale", Date.now() - new Date(at) > STALE_MS);
  if (image.dataset.at === at) return;
  const old = image.src;
  image.src = URL.createObjectURL(await answer.blob());
  image.dataset.at = at;
  if (old) URL.revokeObjectURL(old);
  image.hidden = false;
  tile.querySelector(".wait").hidden = true;
  note.textContent = `画面 ${new Date(at).toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" })}`;
  note.hidden = false;
}

async function renew() {
  if (document.hidden || !tiles.size) return;
  try {
    const wanted = [...tiles].filter(([, tile]) => tile.dataset.state !== "never").map(([id]) => id);
    if (!wanted.length) return;
    const { camera_ids } = await send("/v1/camera-views", { body: { camera_ids: wanted } });
    await Promise.all(camera_ids.map((id) => show(id, tiles.get(id))));
    said.hidden = true;
  } catch (problem) {
    said.textContent = problem.message;
    said.hidden = false;
  }
}

async function forever() {
  for (;;) {
    await renew();
    await new Promise((later) => setTimeout(later, EVERY_MS));
  }
}
document.addEventListener("visibilitychange", renew);
forever();
