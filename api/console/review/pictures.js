// The stills of one alert: switch boxes on or off, step to an earlier or later moment. Each loads when first shown.
export class Pictures {
  constructor(root) {
    this.figures = [...root.querySelectorAll("[data-picture]")];
    this.nth = this.figures.length - 1;
    this.button = root.querySelector("#boxes");
    this.count = root.querySelector("#nth");
    root.querySelector("#earlier")?.addEventListener("click", () => this.move(-1));
    root.querySelector("#later")?.addEventListener("click", () => this.move(1));
    for (const img of root.querySelectorAll("img:not([data-close])")) {
      const missing = () => img.closest("figure").classList.add("missing");
      img.addEventListener("error", missing);
      // The image may have failed to load before this script ran.
      if (img.hasAttribute("src") && img.complete && !img.naturalWidth) missing();
    }
    this.show();
  }

  toggle() {
    Pictures.boxes = !Pictures.boxes;
    this.show();
  }

  move(by) {
    this.nth = Math.max(0, Math.min(this.figures.length - 1, this.nth + by));
    this.show();
  }

  show() {
    this.figures.forEach((figure, i) => {
      figure.hidden = i !== this.nth;
      if (i === this.nth) this.choose(figure);
    });
    this.button?.setAttribute("aria-pressed", String(Pictures.boxes));
    if (this.count) this.count.textContent = `${this.nth + 1} / ${this.figures.length}`;
  }

  choose(figure) {
    const boxed = figure.querySelector("[data-boxed]");
    const clean = figure.querySelector("[data-clean]");
    const shown = (Pictures.boxes ? boxed : clean) ?? boxed ?? clean;
    for (const img of [boxed, clean]) if (img) img.hidden = img !== shown;
    for (const img of [shown, figure.querySelector("[data-close]")]) {
      if (!img?.dataset.src) continue;
      img.src = img.dataset.src;
      delete img.dataset.src;
    }
  }
}
Pictures.boxes = true;
