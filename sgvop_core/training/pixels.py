"""A compiled loop over the pixels of training pictures: on a CPU, ``augmentation`` spends most of a step without it."""

from __future__ import annotations

import numpy as np

from ..render.visibility.compiled import compiled


@compiled()
def change(pictures, table, mix, sigma, noise, out):  # type: ignore[no-untyped-def]
    """Puts the changed pictures into out [N, S, S, 3] float32: bytes [N, S, S, 3] by the table [N, 3, 256] of each, the share
    mix [N] of the mean of each pixel and its eight neighbours (the border's repeated) in place of themselves, and noise
    [N, S, S, 3] times sigma [N, 3]; an empty noise is none."""
    count, height, width, _ = pictures.shape
    wide = 3 * width
    value, across = np.empty((height, wide), np.float32), np.empty((height, wide), np.float32)
    third = np.float32(1 / 3)
    for n in range(count):
        for y in range(height):
            for x in range(width):
                for c in range(3):
                    value[y, 3 * x + c] = table[n, c, pictures[n, y, x, c]]
        target = out[n].reshape(height, wide)
        if mix[n] == 0:
            target[:] = value
        else:
            share = mix[n]
            for y in range(height):
                row, mean = value[y], across[y]
                for i in range(3, wide - 3):
                    mean[i] = (row[i - 3] + row[i] + row[i + 3]) * third
                for c in range(3):
                    mean[c] = (2 * row[c] + row[min(c + 3, wide - 3 + c)]) * third
                    last = wide - 3 + c
                    mean[last] = (2 * row[last] + row[max(last - 3, c)]) * third
            for y in range(height):
                above, mean, below = across[max(y - 1, 0)], across[y], across[min(y + 1, height - 1)]
                row, to = value[y], target[y]
                for i in range(wide):
                    to[i] = row[i] + share * ((above[i] + mean[i] + below[i]) * third - row[i])
        if len(noise):
            grain = noise[n].reshape(height, wide)
            for y in range(height):
                to, by = target[y], grain[y]
                for x in range(width):
                    for c in range(3):
                        to[3 * x + c] += sigma[n, c] * by[3 * x + c]
