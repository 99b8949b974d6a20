/* Scanning inside the page, where the browser reads codes by itself; elsewhere a photo is sent. */
(() => {
  "use strict";
  const form = document.querySelector("[data-camera]");
  if (!form) return;
  const photo = form.querySelector("[data-camera-photo]");
  photo.querySelector("input").addEventListener("change", () => form.requestSubmit());
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return;

  const dialog = document.querySelector("[data-camera-dialog]");
  const video = dialog.querySelector("[data-camera-video]");
  const open = form.querySelector("[data-camera-open]");
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  const stop = () => video.srcObject?.getTracks().forEach((track) => track.stop());
  // Only the path is taken: whatever host a picture names, one stays here.
  const path = (text) => (text.match(/\/s\/[A-Za-z0-9_-]{40}$/) || [""])[0];
  const look = async () => {
    if (!dialog.open) return;
    const found = await detector.detect(video).catch(() => []);
    const code = found.map(({ rawValue }) => path(rawValue)).find(Boolean);
    if (code) { stop(); location.assign(code); return; }
    setTimeout(look, 150);
  };
  open.hidden = false;
  photo.hidden = true;
  open.addEventListener("click", async () => {
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      // No camera, or not allowed: then the photo.
      open.hidden = true;
      photo.hidden = false;
      return;
    }
    dialog.showModal();
    await video.play();
    look();
  });
  dialog.addEventListener("close", stop);
  dialog.querySelector("[data-camera-close]").addEventListener("click", () => dialog.close());
})();
