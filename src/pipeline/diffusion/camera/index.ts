/** Moves of the camera over a clip. */
export { type Affine, cameraCheck, type CameraMove, cameraPath } from './cameraMove.js';
export { warpLatents, warpPicture } from './warp.js';
