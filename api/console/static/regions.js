// Drawing polygons on a still. Coordinates are shares of the picture, 0–1.
const COLOURS = { ignore: "#8fa3b8", stove: "#ff8a3d" };
const NEAR_PX = 12;
const MOST = 16;

export class Regions {
  constructor(canvas) {
    this.canvas = canvas;
    this.regions = [];
    this.points = [];
    this.kind = "ignore";
    canvas.addEventListener("click", (event) => this.click(event));
    canvas.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.close();
      if (event.key === "Escape") this.undo();
    });
  }

  show(image) {
    this.image = image;
    this.canvas.width = image.naturalWidth;
    this.canvas.height = image.naturalHeight;
    this.draw();
  }

  click(event) {
    const box = this.canvas.getBoundingClientRect();
    const point = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
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
  }
}
