// Frames tell how high they are.
addEventListener("message", (event) => {
  const height = event.data && event.data.sepHeight;
  if (typeof height !== "number") return;
  for (const frame of document.querySelectorAll("iframe.sep-live"))
    if (frame.contentWindow === event.source) frame.style.height = `${Math.min(1200, Math.max(120, height + 4))}px`;
});
