"""Edges of pictures by OpenCV's Canny with the thresholds that ControlNets for edges are used with."""

import cv2
import torch

from .pictures import synthetic_frames
from .reference_file import ReferenceFile


def make() -> None:
    torch.manual_seed(70)
    coarse = torch.nn.functional.interpolate(torch.rand(1, 3, 9, 7), size=(60, 81), mode="bicubic")
    noisy = ((coarse + 0.12 * torch.randn(coarse.shape)).clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1)
    pictures = {"disc": synthetic_frames(2, 96, 64)[1:], "blotches": noisy, "flat": torch.full((1, 5, 4, 3), 90, dtype=torch.uint8)}
    file = ReferenceFile("edges")
    file.save({"opencv": cv2.__version__, "pictures": [
        {"title": title, "picture": file.add(frames), "edges": file.add(cv2.Canny(frames[0].numpy().copy(), 100, 200)[None])} for title, frames in pictures.items()]})
