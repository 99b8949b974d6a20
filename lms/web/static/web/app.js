/* Small behaviours over pages that work without them: theme, confirmation, picked rows, filters, side panel.
   Everything listens on the document, so that parts swapped in later need no set-up. */
(() => {
  "use strict";
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Theme: a cookie, so that the server already sends the right one and nothing flashes.
  const showTheme = () => {
    const chosen = root.dataset.bsTheme || "";
    all("[data-theme-choice]").forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.themeChoice === chosen)));
  };
  const chooseTheme = (theme) => {
    if (theme) root.dataset.bsTheme = theme;
    else delete root.dataset.bsTheme;
    const age = theme ? 31536000 : 0;
    document.cookie = `theme=${theme};path=/;max-age=${age};samesite=lax${location.protocol === "https:" ? ";secure" : ""}`;
    showTheme();
  };
  all("[data-theme-switch]").forEach((s) => { s.hidden = false; });
  showTheme();

  // The place one is at shows in the rail, however far down it stands.
  const here = document.querySelector(".rail-places [aria-current]");
  if (here?.offsetParent) {
    const places = here.closest(".rail-places");
    places.scrollTop = here.offsetTop - places.offsetTop - places.clientHeight / 2;
  }

  // Confirmation: the question is asked in our own dialog; "yes" sends what was about to be sent.
  const confirmDialog = document.getElementById("confirm-dialog");
  const ask = (question, then) => {
    if (!confirmDialog) { then(); return; }
    confirmDialog.querySelector("[data-confirm-text]").textContent = question;
    confirmDialog.returnValue = "";
    confirmDialog.addEventListener("close", () => { if (confirmDialog.returnValue === "yes") then(); }, { once: true });
    confirmDialog.showModal();
  };
  const agreed = new WeakSet();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm || form.dataset.confirm;
    if (!question || agreed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const submitter = event.submitter;
    ask(question, () => { agreed.add(form); form.requestSubmit(submitter); });
  }, true);
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question, () => event.detail.issueRequest(true));
  });

  // A form is sent once, however often the button is pressed. Restored when the page is shown again.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, 4000);
  });
  addEventListener("pageshow", () => all("form[data-sent]").forEach((f) => delete f.dataset.sent));

  // Filters: empty fields stay out of the address; a choice applies at once, typing waits for Enter.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-filters]");
    if (form && event.target.matches("select, [type=checkbox], [type=radio], [type=date]")) form.requestSubmit();
  });
  document.addEventListener("formdata", (event) => {
    if (!event.target.matches("form[data-filters]")) return;
    const fields = event.target.elements;
    [...event.formData.entries()].forEach(([name, value]) => {
      if (value === "" && !fields[name]?.hasAttribute?.("data-keep")) event.formData.delete(name);
    });
  });

  // Picked rows.
  const showPicked = (form) => {
    const boxes = all("input[data-pick]", form);
    const picked = boxes.filter((box) => box.checked);
    boxes.forEach((box) => box.closest("tr")?.classList.toggle("is-picked", box.checked));
    all("input[data-pick-all]", form).forEach((box) => {
      box.checked = boxes.length > 0 && picked.length === boxes.length;
      box.indeterminate = picked.length > 0 && picked.length < boxes.length;
    });
    all("[data-bulk-bar]", form).forEach((bar) => bar.classList.toggle("is-shown", picked.length > 0));
    all("[data-bulk-count]", form).forEach((count) => { count.textContent = String(picked.length); });
  };
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-bulk]");
    if (!form) return;
    if (event.target.matches("[data-pick-all]")) {
      all("input[data-pick]", form).forEach((box) => { box.checked = event.target.checked; });
    }
    if (event.target.matches("[data-pick], [data-pick-all]")) showPicked(form);
  });
  all("form[data-bulk]").forEach(showPicked);

  // Rows by keyboard: k/j or arrows move, x picks, Enter follows the row's link (the browser's own act).
  const typing = (target) => target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key] || 0;
    if ((!step && event.key !== "x") || event.altKey || event.ctrlKey || event.metaKey || typing(event.target)) return;
    const table = event.target.closest("[data-keys]") || (event.key.length === 1 && document.querySelector("[data-keys]"));
    if (!table) return;
    const rows = all("tbody tr", table);
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    if (event.key === "x") {
      rows[at]?.querySelector("input[data-pick]")?.click();
      return;
    }
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
    const target = next?.querySelector("a, button, input");
    if (!target) return;
    event.preventDefault();
    target.focus();
    next.scrollIntoView({ block: "nearest" });
  });

  if (history.length > 1) all("[data-back]").forEach((button) => { button.hidden = false; });

  // The side panel opens empty and fills once it stands: opening moves the focus, which would cut off early typing.
  const sidePanel = document.getElementById("side-panel");
  const openPanel = (title, address) => {
    const body = document.getElementById("side-panel-body");
    const panel = bootstrap.Offcanvas.getOrCreateInstance(sidePanel);
    const fill = () => {
      htmx.ajax("GET", address, { target: body, swap: "innerHTML" })
        .then(() => { if (!body.childElementCount) panel.hide(); })
        .finally(() => body.removeAttribute("aria-busy"));
    };
    document.getElementById("side-panel-title").textContent = title;
    body.replaceChildren();
    body.setAttribute("aria-busy", "true");
    if (sidePanel.classList.contains("show")) { fill(); return; }
    sidePanel.addEventListener("shown.bs.offcanvas", fill, { once: true });
    panel.show();
  };

  // Dialogs and the side panel. A link with data-panel still opens its page where scripts don't run.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
    const closer = event.target.closest("[data-dialog-close]");
    if (closer) closer.closest("dialog").close();
    if (event.target.closest("[data-back]")) history.back();
    const theme = event.target.closest("[data-theme-choice]");
    if (theme) chooseTheme(theme.dataset.themeChoice);
    const link = event.target.closest("a[data-panel]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      openPanel(link.dataset.panel || link.textContent.trim(), link.href);
    }
  });
  all("dialog[data-open]").forEach((dialog) => dialog.showModal());

  // A lost connection or a failing server is said once, in words; what was typed stays where it is.
  const say = (words) => {
    const box = document.querySelector("[data-toasts]");
    if (!box || !words) return;
    const notice = document.createElement("div");
    notice.className = "notice tone-refused";
    notice.textContent = words;
    box.replaceChildren(notice);
    setTimeout(() => notice.remove(), 8000);
  };
  document.addEventListener("htmx:sendError", () => say(document.querySelector("[data-toasts]")?.dataset.lost));
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status >= 500) say(document.querySelector("[data-toasts]")?.dataset.failed);
  });
  // A refusal answers 4xx and carries a sentence: show it where the answer was to go.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const status = event.detail.xhr.status;
    if (status === 409 || status === 422 || status === 400) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
})();
