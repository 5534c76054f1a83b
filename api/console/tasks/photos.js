// Photos that the user chose or dropped, with previews that the user can remove; `say` tells which were left out.
const MOST = 9;

export class Photos {
  constructor(input, list, say) {
    this.say = say;
    this.files = [];
    this.ids = new Map(); // file → id of its upload
    this.list = list;
    const zone = input.closest("label");
    input.addEventListener("change", () => {
      this.add(input.files);
      input.value = "";
    });
    zone.addEventListener("dragover", (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      this.add(event.dataTransfer.files);
    });
  }

  add(files) {
    const leftOut = [];
    for (const file of files) {
      if (!file.type.startsWith("image/")) leftOut.push(`${file.name} 不是照片`);
      else if (this.files.length >= MOST) leftOut.push(`${file.name} 超出最多 ${MOST} 张`);
      else {
        this.files.push(file);
        this.preview(file);
      }
    }
    this.say(leftOut.length ? `没有加入：${leftOut.join("；")}` : "");
  }

  preview(file) {
    const entry = document.createElement("li");
    const img = document.createElement("img");
    img.src = URL.createObjectURL(file);
    img.alt = file.name;
    img.onload = () => URL.revokeObjectURL(img.src);
    const away = document.createElement("button");
    away.type = "button";
    away.textContent = "×";
    away.setAttribute("aria-label", `移除 ${file.name}`);
    away.onclick = () => {
      this.files.splice(this.files.indexOf(file), 1);
      entry.remove();
    };
    entry.append(img, away);
    this.list.append(entry);
  }
}
