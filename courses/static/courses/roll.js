/* The roll call and the results sheet: find a name, count who is there, mark the rest. Both work without it. */
(() => {
  "use strict";
  const form = document.querySelector("[data-roll]");
  if (!form) return;
  const rows = [...form.querySelectorAll("[data-roll-name]")];
  const search = form.querySelector("[data-roll-search]");
  if (search) {
    search.hidden = false;
    search.addEventListener("input", () => {
      const words = search.value.trim();
      rows.forEach((row) => { row.hidden = words !== "" && !row.dataset.rollName.includes(words); });
    });
    // Enter would send the whole sheet; here it goes to the first name found.
    search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      rows.find((row) => !row.hidden)?.querySelector("input, a")?.focus();
    });
  }
  const boxes = [...form.querySelectorAll("[data-roll-absent]")];
  const counter = form.querySelector("[data-roll-count]");
  const show = () => {
    boxes.forEach((box) => {
      box.closest("tr").classList.toggle("is-absent", box.checked);
      box.closest("tr").querySelectorAll(".clock").forEach((field) => { field.readOnly = box.checked; });
    });
    if (!counter) return;
    const away = boxes.filter((box) => box.checked).length;
    counter.hidden = false;
    counter.querySelector("[data-roll-there]").textContent = String(boxes.length - away);
    counter.querySelector("[data-roll-away]").textContent = String(away);
  };
  form.addEventListener("change", show);
  form.addEventListener("reset", () => setTimeout(show));
  show();
  // Up and down move along a column of the sheet.
  form.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const cell = event.target.closest("td");
    if (!step || !cell || !event.target.matches("[data-roll-absent], .score, .clock")) return;
    const column = [...cell.parentNode.children].indexOf(cell);
    const shown = rows.filter((row) => !row.hidden);
    const next = shown[shown.indexOf(cell.parentNode) + step]?.children[column]?.querySelector("input");
    if (next) { event.preventDefault(); next.focus(); }
  });
  // P and A mark the row the cursor is in and go on to the next; no time of day has such letters.
  const mark = (box, absent) => {
    if (box.disabled) return;
    box.checked = absent;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  };
  form.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    const row = event.target.closest("[data-roll-name]");
    const box = row?.querySelector("[data-roll-absent]");
    if (!box || !["p", "a"].includes(key) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    mark(box, key === "a");
    const open = boxes.filter((other) => !other.closest("tr").hidden);
    open[open.indexOf(box) + 1]?.focus();
  });
  // Everybody nobody has touched yet, excused people apart.
  const touched = new Set();
  boxes.forEach((box) => {
    box.addEventListener("change", () => touched.add(box));
    box.closest("tr").querySelector("th").addEventListener("click", () => { box.focus(); mark(box, !box.checked); });
  });
  const others = form.querySelector("[data-roll-rest]");
  if (others && boxes.length) {
    others.hidden = false;
    form.querySelector("[data-roll-keys]").hidden = false;
    others.addEventListener("click", () => {
      const open = boxes.filter((box) => !touched.has(box) && !box.hasAttribute("data-roll-excused"));
      open.forEach((box) => { box.checked = false; });
      show();
    });
  }
  const rest = form.querySelector("[data-roll-pass]");
  if (rest) {
    rest.hidden = false;
    rest.addEventListener("click", () => rows.forEach((row) => {
      const chosen = row.querySelector("input[type=radio]:checked");
      const passed = row.querySelector("[data-roll-passed]:not(:disabled)");
      if (!chosen && passed) passed.checked = true;
    }));
  }
})();
