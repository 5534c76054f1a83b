// The clip of one alert: play, seek, jump to the moment at which the rule was met, show boxes around that moment.
import { fragment } from "../shell/api.js";

const LOOK_EVERY_MS = 1500;
const NEAR_S = 1.5;

export class Film {
  constructor(root, onReady) {
    this.root = root;
    this.onReady = onReady;
    this.shown = false;
    this.dress();
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  dress() {
    this.box = this.root.querySelector("#clip");
    this.video = this.box?.querySelector("video");
    if (!this.video) return;
    this.over = this.box.querySelector(".over");
    const part = (name) => this.box.querySelector(name);
    const seek = part("#seek");
    part("#play").addEventListener("click", () => this.play());
    part("#moment").addEventListener("click", () => this.jump());
    seek.addEventListener("input", () => {
      this.video.currentTime = Number(seek.value) * (this.video.duration || 0);
    });
    this.video.addEventListener("click", () => this.play());
    this.video.addEventListener("loadedmetadata", () => this.fit());
    this.video.addEventListener("timeupdate", () => {
      const { currentTime: now, duration } = this.video;
      if (duration) seek.value = String(now / duration);
      part("#clock").textContent = `${Math.floor(now / 60)}:${String(Math.floor(now % 60)).padStart(2, "0")}`;
      this.boxes();
    });
    for (const name of ["play", "pause"]) {
      this.video.addEventListener(name, () => {
        part("#play").textContent = this.video.paused ? "播放" : "暂停";
        part("#play").setAttribute("aria-pressed", String(!this.video.paused));
      });
    }
    this.video.addEventListener("error", () => this.box.classList.add("missing"));
    new ResizeObserver(() => this.fit()).observe(this.video);
  }

  get verdict() {
    return Number(this.video?.dataset.verdict ?? 0);
  }

  // Place the overlay exactly over the picture, without the black bars beside it.
  fit() {
    const { videoWidth: w, videoHeight: h } = this.video;
    if (!w || !h) return;
    const style = getComputedStyle(this.video);
    const pad = (side) => Number.parseFloat(style[`padding${side}`]) || 0;
    const W = this.video.clientWidth - pad("Left") - pad("Right");
    const H = this.video.clientHeight - pad("Top") - pad("Bottom");
    const scale = Math.min(W / w, H / h);
    const left = this.video.offsetLeft + pad("Left") + (W - w * scale) / 2;
    const top = this.video.offsetTop + pad("Top") + (H - h * scale) / 2;
    this.over.style.cssText = `left:${left}px;top:${top}px;width:${w * scale}px;height:${h * scale}px`;
  }

  boxes(on = Film.boxes) {
    const near = Math.abs(this.video.currentTime - this.verdict) < NEAR_S;
    this.over.toggleAttribute("hidden", !(on && near));
  }

  toggle() {
    if (!this.video) return false;
    this.shown = !this.shown;
    this.root.classList.toggle("filming", this.shown);
    if (this.shown) {
      this.video.currentTime = Math.max(0, this.verdict - 5);
      this.video.play().catch(() => {});
      this.fit();
    } else this.video.pause();
    return this.shown;
  }

  play() {
    if (this.video.paused) this.video.play().catch(() => {});
    else this.video.pause();
  }

  jump() {
    this.video.pause();
    this.video.currentTime = this.verdict;
    this.boxes();
  }

  async look() {
    if (!this.root.isConnected) return clearInterval(this.timer);
    if (!this.box || !("waiting" in this.box.dataset) || document.hidden) return;
    const html = await fragment(`/console/review/items/${this.root.dataset.alert}/clip`).catch(() => "");
    if (!html || !this.root.isConnected) return;
    const had = Boolean(this.video);
    this.box.outerHTML = html;
    this.dress();
    if (!had && this.video) this.onReady?.();
  }

  close() {
    clearInterval(this.timer);
    this.video?.pause();
  }
}
Film.boxes = true;
