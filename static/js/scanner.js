// A camera that looks for QR codes, and pictures that may hold one. The browser's own reader is used where there is one.

// Longest side looked at, in pixels: a camera must be quick; a picture of the whole ticket needs each of its pixels.
const CAMERA_SIDE = 1200;
const PICTURE_SIDE = 2400;
const PAUSE = 150; // ms between two looks

const reader = "BarcodeDetector" in window ? new window.BarcodeDetector({ formats: ["qr_code"] }) : null;
let camera = null;

async function decode(source, width, height, most) {
  const found = await reader?.detect(source).catch(() => []);
  if (found?.length) return found[0].rawValue;
  const canvas = document.createElement("canvas");
  const scale = Math.min(1, most / Math.max(width, height));
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  const picture = context.getImageData(0, 0, canvas.width, canvas.height);
  return window.jsQR(picture.data, picture.width, picture.height)?.data;
}

/** Open the camera and call `found(text)` for every code it sees, until that answers true. Throws where there is none. */
export async function startCamera(video, found) {
  camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
  video.srcObject = camera;
  video.hidden = false;
  await video.play();
  look(video, found);
}

async function look(video, found) {
  if (!camera) return;
  const text = video.videoWidth && (await decode(video, video.videoWidth, video.videoHeight, CAMERA_SIDE));
  if (text && camera && found(text)) stopCamera(video);
  else setTimeout(look, PAUSE, video, found);
}

export function stopCamera(video) {
  camera?.getTracks().forEach((track) => track.stop());
  camera = null;
  video.hidden = true;
}

/** The text of the code in the picture chosen with a file field, or null; the field is emptied. */
export async function readPicture(field) {
  const [file] = field.files;
  field.value = "";
  const picture = file && (await createImageBitmap(file).catch(() => null));
  return (picture && (await decode(picture, picture.width, picture.height, PICTURE_SIDE))) || null;
}
