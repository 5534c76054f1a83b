// Draw polygons on a still. Coordinates are shares of the picture, 0–1.
const COLOURS = { ignore: "#8fa3b8", stove: "#ff8a3d" };
const NEAR_PX = 12;
const MOST = 16;
const STEP = 0.02;
const FINE = 0.005;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Regions {
  constructor(canvas) {
    this.canvas = canvas;
    this.regions = [];
    this.points = [];
    this.kind = "ignore";
    this.cross = [0.5, 0.5];
    canvas.addEventListener("click", (event) => this.click(event));
    canvas.addEventListener("keydown", (event) => this.key(event));
    for (const change of ["focus", "blur"]) canvas.addEventListener(change, () => this.draw());
  }

  key(event) {
    const way = ARROWS[event.key];
    if (way) this.move(way, event.shiftKey ? FINE : STEP);
    else if (event.key === " ") this.put([...this.cross]);
    else if (event.key === "Enter") this.close();
    else if (event.key === "Escape") this.undo();
    else return;
    event.preventDefault(); // arrows and space would scroll the page
  }

  move([x, y], step) {
    this.cross = [this.cross[0] + x * step, this.cross[1] + y * step].map((v) => Math.min(1, Math.max(0, v)));
    this.draw();
  }

  show(image) {
    this.image = image;
    this.canvas.width = image.naturalWidth;
    this.canvas.height = image.naturalHeight;
    this.draw();
  }

  click(event) {
    const box = this.canvas.getBoundingClientRect();
    this.cross = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    this.put([...this.cross]);
  }

  put(point) {
    const box = this.canvas.getBoundingClientRect();
    const [first] = this.points;
    const home = first && Math.hypot((first[0] - point[0]) * box.width, (first[1] - point[1]) * box.height) < NEAR_PX;
    if (home && this.points.length > 2) return this.close();
    if (this.regions.length < MOST && this.points.length < 32) this.points.push(point.map((v) => Math.min(1, Math.max(0, v))));
    this.draw();
  }

  close() {
    if (this.points.length > 2) this.regions.push({ kind: this.kind, points: this.points });
    this.points = [];
    this.draw();
  }

  undo() {
    if (this.points.length) this.points.pop();
    else this.regions.pop();
    this.draw();
  }

  clear() {
    this.points = [];
    this.regions = [];
    this.draw();
  }

  draw() {
    const { width, height } = this.canvas;
    const pen = this.canvas.getContext("2d");
    pen.clearRect(0, 0, width, height);
    if (this.image) pen.drawImage(this.image, 0, 0, width, height);
    pen.lineWidth = Math.max(2, width / 480);
    for (const { kind, points } of [...this.regions, { kind: this.kind, points: this.points }]) {
      if (!points.length) continue;
      pen.beginPath();
      points.forEach(([x, y], i) => (i ? pen.lineTo(x * width, y * height) : pen.moveTo(x * width, y * height)));
      if (points !== this.points) pen.closePath();
      pen.strokeStyle = COLOURS[kind];
      pen.fillStyle = `${COLOURS[kind]}55`;
      if (points !== this.points) pen.fill();
      pen.stroke();
      for (const [x, y] of points) pen.fillRect(x * width - 3, y * height - 3, 6, 6);
    }
    if (document.activeElement === this.canvas) this.drawCross(pen, width, height);
  }

  drawCross(pen, width, height) {
    const [x, y] = [this.cross[0] * width, this.cross[1] * height];
    const arm = Math.max(10, width / 60);
    pen.beginPath();
    pen.moveTo(x - arm, y);
    pen.lineTo(x + arm, y);
    pen.moveTo(x, y - arm);
    pen.lineTo(x, y + arm);
    pen.strokeStyle = "#fff";
    pen.stroke();
  }
}
