"""Makes the reference values and the tiny models that the tests in this folder compare against. See README.md."""

import argparse
import importlib

import torch

TOPICS = [
    "noise", "noise_schedules", "schedulers", "samplers", "flow_schedulers", "random_settings", "full_loops", "tokenizer", "models", "parts", "pipelines", "attention", "folders", "checkpoints", "loras",
    "families", "edges", "metrics", "wan", "taehv", "wan_vace", "wan_loras", "ltx", "checkpoint_runs", "editing", "clip_edits", "repaint", "long_clips", "free_noise", "steering", "lent_attention", "prompt_edits", "video_attention", "video_speed", "ltx_loras", "ltx_conditions", "ltx_single",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("topics", nargs="*", default=TOPICS, help=f"which to make: {', '.join(TOPICS)} (all of them if none is named)")
    # One thread: sums then run in one order, and the values come out the same on every run.
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    with torch.no_grad():
        for topic in parser.parse_args().topics:
            importlib.import_module(f"generate.{topic}").make()


if __name__ == "__main__":
    main()
