// A sheet of paper to draw on: pen and eraser for mouse, finger, pen and keyboard; undo and redo.

const SIDE = 512; // pixels of the sheet
const MOST_UNDO = 40; // sheets kept, 1 MB each
const KEY_STEP = 8; // pixels that an arrow key moves

export class Sketchpad extends EventTarget {
  tool = "pen";
  colour = "#000000";
  width = 5; // pixels of the sheet
  #undone = [];
  #done = [];
  #stroke = null;
  #hasPen = false; // a pen was seen, so fingers are palms
  #cursor = [SIDE / 2, SIDE / 2];
  #keyDown = false;

  /** @param {HTMLCanvasElement} canvas @param {HTMLElement} cursor shows where the keyboard draws */
  constructor(canvas, cursor) {
    super();
    this.canvas = canvas;
    this.cursor = cursor;
    canvas.width = canvas.height = SIDE;
    this.paper = canvas.getContext("2d", { willReadFrequently: true });
    this.#blank();
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(end, (event) => this.#up(event));
    }
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("blur", () => this.#liftKey());
  }

  get canUndo() {
    return this.#done.length > 0;
  }

  get canRedo() {
    return this.#undone.length > 0;
  }

  /** Whether nothing is drawn. */
  isEmpty() {
    const pixels = new Uint32Array(this.#sheet().data.buffer);
    return !pixels.some((pixel) => pixel !== 0xffffffff);
  }

  undo() {
    this.#turn(this.#done, this.#undone);
  }

  redo() {
    this.#turn(this.#undone, this.#done);
  }

  clear() {
    if (this.isEmpty()) return;
    this.#keep();
    this.#blank();
    this.#tell(true);
  }

  /** Lay a picture on the sheet, whole and in the middle. */
  async load(blob) {
    const picture = await createImageBitmap(blob);
    this.#keep();
    this.#blank();
    const scale = SIDE / Math.max(picture.width, picture.height);
    const [w, h] = [picture.width * scale, picture.height * scale];
    this.paper.imageSmoothingQuality = "high";
    this.paper.drawImage(picture, (SIDE - w) / 2, (SIDE - h) / 2, w, h);
    picture.close();
    this.#tell(true);
  }

  /** The sheet as a PNG of `side` pixels. */
  png(side) {
    const small = document.createElement("canvas");
    small.width = small.height = side;
    const paper = small.getContext("2d");
    paper.imageSmoothingQuality = "high";
    paper.drawImage(this.canvas, 0, 0, side, side);
    return new Promise((resolve) => small.toBlob(resolve, "image/png"));
  }

  #sheet() {
    return this.paper.getImageData(0, 0, SIDE, SIDE);
  }

  #blank() {
    this.paper.fillStyle = "#fff";
    this.paper.fillRect(0, 0, SIDE, SIDE);
  }

  #keep() {
    this.#done.push(this.#sheet());
    if (this.#done.length > MOST_UNDO) this.#done.shift();
    this.#undone = [];
  }

  #turn(from, to) {
    if (!from.length || this.#stroke) return;
    to.push(this.#sheet());
    this.paper.putImageData(from.pop(), 0, 0);
    this.#tell(true);
  }

  /** `finished`: the stroke is over, or it was no stroke. */
  #tell(finished) {
    this.dispatchEvent(new CustomEvent("change", { detail: { finished } }));
  }

  #point(event) {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
  }

  #down(event) {
    if (event.button !== 0 && event.button !== 5) return; // 5: a pen's own eraser
    if (event.pointerType === "pen") this.#hasPen = true;
    if (this.#stroke || (event.pointerType === "touch" && this.#hasPen)) return;
    this.cursor.hidden = true;
    this.canvas.setPointerCapture(event.pointerId);
    this.#begin(event.pointerId, this.#point(event), event.button === 5);
  }

  #begin(pointer, point, erases = false) {
    this.#keep();
    this.#stroke = { pointer, last: point, middle: point, erases: erases || this.tool === "eraser" };
    this.#line(point, 0.5); // a dot, should it stay one
    this.#tell(false);
  }

  #move(event) {
    if (this.#stroke?.pointer !== event.pointerId) return;
    const steps = event.getCoalescedEvents?.() ?? [];
    for (const step of steps.length ? steps : [event]) {
      this.#line(this.#point(step), event.pointerType === "pen" ? step.pressure : 0.5);
    }
    this.#tell(false);
  }

  #up(event) {
    if (this.#stroke?.pointer !== event.pointerId) return;
    this.#stroke = null;
    this.#tell(true);
  }

  /** From the middle of the last two points to the middle of the next two, bent at the point between. */
  #line(point, pressure) {
    const { paper } = this;
    const stroke = this.#stroke;
    const middle = [(stroke.last[0] + point[0]) / 2, (stroke.last[1] + point[1]) / 2];
    paper.strokeStyle = stroke.erases ? "#fff" : this.colour;
    paper.lineWidth = stroke.erases ? Math.max(18, this.width * 3) : this.width * (0.5 + pressure);
    paper.lineCap = paper.lineJoin = "round";
    paper.beginPath();
    paper.moveTo(...stroke.middle);
    paper.quadraticCurveTo(...stroke.last, ...middle);
    paper.stroke();
    stroke.last = point;
    stroke.middle = middle;
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const isPress = event.key === " " || event.key === "Enter";
    if (!way && !isPress) return;
    event.preventDefault();
    if (this.#stroke && this.#stroke.pointer !== "key") return;
    if (isPress && !event.repeat) this.#keyDown ? this.#liftKey() : this.#pressKey();
    if (way) {
      const step = KEY_STEP * (event.shiftKey ? 4 : 1);
      this.#cursor = this.#cursor.map((at, axis) => Math.min(SIDE, Math.max(0, at + way[axis] * step)));
      if (this.#keyDown) {
        this.#line(this.#cursor, 0.5);
        this.#line(this.#cursor, 0.5);
        this.#tell(false);
      }
    }
    this.cursor.hidden = false;
    this.cursor.classList.toggle("down", this.#keyDown);
    this.cursor.style.left = `${(this.#cursor[0] / SIDE) * 100}%`;
    this.cursor.style.top = `${(this.#cursor[1] / SIDE) * 100}%`;
  }

  #pressKey() {
    this.#keyDown = true;
    this.#begin("key", [...this.#cursor]);
  }

  #liftKey() {
    this.cursor.classList.remove("down");
    if (!this.#keyDown) return;
    this.#keyDown = false;
    this.#stroke = null;
    this.#tell(true);
  }
}
