// Ask for the pictures of cameras while they are in sight, and show each as it arrives.
import { rooted, send } from "../shell/api.js";

const EVERY_MS = 5000;
const STALE_MS = 30000;

async function show(id, tile) {
  const answer = await fetch(rooted(`/v1/camera-views/${id}`), { headers: { Accept: "image/jpeg" } });
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
  for (const button of tile.querySelectorAll(".shoot")) button.disabled = false;
}

// Watch the cameras of these tiles (`data-camera`, `data-state`) for as long as the page is open and in sight.
export async function watch(elements, say) {
  const tiles = new Map([...elements].map((tile) => [tile.dataset.camera, tile]));
  const wanted = [...tiles].filter(([, tile]) => tile.dataset.state !== "never").map(([id]) => id);
  async function renew() {
    if (document.hidden || !wanted.length) return;
    try {
      const { camera_ids } = await send("/v1/camera-views", { body: { camera_ids: wanted } });
      await Promise.all(camera_ids.map((id) => show(id, tiles.get(id))));
    } catch (problem) {
      say(problem);
    }
  }
  document.addEventListener("visibilitychange", renew);
  for (;;) {
    await renew();
    await new Promise((later) => setTimeout(later, EVERY_MS));
  }
}
