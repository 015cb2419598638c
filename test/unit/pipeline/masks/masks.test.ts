import assert from 'node:assert/strict';
import { createFrame, type Frame } from '../../../../src/pipeline/core/index.js';
import { canvasOf, sourceCanvas } from '../../../../src/pipeline/masks/canvas.js';
import { oklab, parseColour } from '../../../../src/pipeline/masks/colour.js';
import { distances } from '../../../../src/pipeline/masks/distance.js';
import { Mask, PreparedMask, readMask, recordedMask } from '../../../../src/pipeline/masks/index.js';
import { paintMask } from '../../../../src/pipeline/masks/paintMask.js';
import { Video } from '../../../../src/pipeline/video/index.js';

/** The mask on a source of this size, row after row: `#` for 1, `.` for 0, digits for tenths. */
function drawn(mask: Mask, width: number, height: number, canvas = sourceCanvas({ width, height })): string[] {
  const plane = paintMask(mask.form, { canvas });
  return Array.from({ length: canvas.height }, (_, y) =>
    [...plane.subarray(y * canvas.width, (y + 1) * canvas.width)]
      .map((value) => (value === 1 ? '#' : value === 0 ? '.' : String(Math.round(10 * value))))
      .join(''),
  );
}

const box = { x: 1, y: 1, width: 3, height: 2 };

describe('masks: regions by their outlines', () => {
  it('a rectangle has the pixels whose middles lie in it', () => {
    assert.deepEqual(drawn(Mask.rectangle(box), 6, 4), ['......', '.###..', '.###..', '......']);
    assert.deepEqual(drawn(Mask.rectangle({ x: 0.6, y: 0.4, width: 0.4, height: 0.6 }), 10, 5), [
      '..........',
      '..........',
      '......####',
      '......####',
      '......####',
    ]);
    assert.deepEqual(drawn(Mask.rectangle({ x: -2, y: 1, width: 4, height: 100 }), 4, 3), ['....', '##..', '##..']);
  });

  it('numbers are shares of the sides where one is a fraction below 1, else pixels', () => {
    const whole = Mask.rectangle({ x: 0, y: 0, width: 0.5, height: 1 });
    assert.deepEqual(drawn(whole, 4, 2), ['##..', '##..']);
    assert.deepEqual(drawn(Mask.rectangle({ x: 0, y: 0, width: 1, height: 1 }), 4, 2), ['#...', '....']);
    assert.throws(() => Mask.rectangle({ x: 0.5, y: 10, width: 20, height: 20 }), /all pixels, or all shares/);
    assert.throws(() => Mask.rectangle({ x: 0, y: 0, width: 0, height: 5 }), /wider and higher than 0/);
    assert.throws(() => Mask.rectangle({ x: Number.NaN, y: 0, width: 1, height: 5 }), { code: 'FL_ARGUMENT' });
  });

  it('an ellipse touches the sides of its box', () => {
    assert.deepEqual(drawn(Mask.ellipse({ x: 0, y: 0, width: 8, height: 4 }), 8, 4), ['.######.', '########', '########', '.######.']);
  });

  it('a polygon is filled by the even-odd rule', () => {
    assert.deepEqual(
      drawn(
        Mask.polygon([
          [0, 0],
          [4.5, 0],
          [0, 4.5],
        ]),
        4,
        4,
      ),
      ['####', '###.', '##..', '#...'],
    );
    const crossed = Mask.polygon([
      [0, 0],
      [6, 0],
      [6, 4],
      [0, 4],
      [0, 0],
      [2, 1],
      [4, 1],
      [4, 3],
      [2, 3],
      [2, 1],
    ]);
    assert.deepEqual(drawn(crossed, 6, 4), ['######', '##..##', '##..##', '######']);
    assert.throws(() => Mask.polygon([[0, 0]]), /three corners/);
  });

  it('a region lies where the source does when that is fitted, cut or cropped', () => {
    const left = Mask.rectangle({ x: 0, y: 0, width: 4, height: 4 });
    const source = { width: 8, height: 4 };
    const four = { width: 4, height: 4 };
    assert.deepEqual(drawn(left, 8, 4, canvasOf(source, four, 'fill')), ['##..', '##..', '##..', '##..']);
    assert.deepEqual(drawn(left, 8, 4, canvasOf(source, four, 'contain')), ['....', '##..', '##..', '....']);
    assert.deepEqual(drawn(left, 8, 4, canvasOf(source, { width: 2, height: 2 }, 'cover')), ['#.', '#.']);
    const crop = { left: 2, top: 0, width: 4, height: 4 };
    assert.deepEqual(drawn(left, 8, 4, canvasOf(source, four, 'fill', crop)), ['##..', '##..', '##..', '##..']);
    assert.deepEqual(drawn(left, 8, 4, canvasOf(source, { width: 8, height: 8 }, 'fill', crop))[0], '####....');
  });
});

describe('masks: joined and changed', () => {
  const left = Mask.rectangle({ x: 0, y: 0, width: 3, height: 3 });
  const right = Mask.rectangle({ x: 2, y: 1, width: 3, height: 2 });

  it('union, intersection and inverse', () => {
    assert.deepEqual(drawn(left.union(right), 5, 3), ['###..', '#####', '#####']);
    assert.deepEqual(drawn(left.intersection(right), 5, 3), ['.....', '..#..', '..#..']);
    assert.deepEqual(drawn(left.inverse(), 5, 3), ['...##', '...##', '...##']);
  });

  it('grows and shrinks by Euclidean distance', () => {
    const point = Mask.rectangle({ x: 2, y: 2, width: 1, height: 1 });
    assert.deepEqual(drawn(point.grow(1), 5, 5), ['.....', '..#..', '.###.', '..#..', '.....']);
    assert.deepEqual(drawn(point.grow(1.5), 5, 5), ['.....', '.###.', '.###.', '.###.', '.....']);
    assert.deepEqual(drawn(point.grow(2), 5, 5), ['..#..', '.###.', '#####', '.###.', '..#..']);
    assert.deepEqual(drawn(Mask.rectangle({ x: 1, y: 1, width: 3, height: 3 }).grow(-1), 5, 5), drawn(point, 5, 5));
    assert.deepEqual(drawn(point.grow(0.4), 5, 5), drawn(point.grow(2), 5, 5), 'a share of the width');
  });

  it('feather fades inside the outline, and nowhere at the border of the picture', () => {
    assert.deepEqual(drawn(Mask.rectangle({ x: 1, y: 0, width: 9, height: 1 }).feather(5), 10, 1), ['.13579####']);
    assert.deepEqual(drawn(Mask.rectangle({ x: 1, y: 0, width: 3, height: 1 }).feather(1), 5, 1), ['.5#5.']);
    assert.deepEqual(drawn(left.feather(0), 5, 3), drawn(left, 5, 3));
    const [row] = drawn(
      Mask.rectangle({ x: 2, y: 0, width: 16, height: 2 }).feather(4),
      20,
      2,
      canvasOf({ width: 20, height: 2 }, { width: 10, height: 1 }, 'fill'),
    );
    assert.equal(row, '.38####83.', 'a length of the source, at half the size');
  });

  it('distances are exact', () => {
    const marked = new Float32Array(7 * 5);
    for (const pixel of [0, 17, 33]) marked[pixel] = 1;
    const found = distances(marked, 7, 5);
    for (let pixel = 0; pixel < marked.length; pixel++) {
      const wanted = Math.min(
        ...[0, 17, 33].map((other) => Math.hypot((pixel % 7) - (other % 7), Math.floor(pixel / 7) - Math.floor(other / 7))),
      );
      assert.ok(Math.abs(found[pixel]! - wanted) < 1e-12, `pixel ${pixel}`);
    }
    assert.ok(distances(new Float32Array(4), 2, 2).every((value) => value === Infinity));
  });

  it('what was recorded reads as the same mask, and what no mask could be is refused', () => {
    const mask = left
      .union(Mask.ellipse(box).inverse(), Mask.colour('#c03020', { tolerance: 0.2 }), Mask.word('car'))
      .feather(2)
      .intersection(right.track({ from: 3 }).grow(1), Mask.automatic());
    assert.deepEqual(readMask(JSON.parse(JSON.stringify(recordedMask(mask)))).form, mask.form);
    let deep: unknown = recordedMask(left);
    for (let i = 0; i < 300; i++) deep = { kind: 'inverse', of: deep };
    for (const wrong of [
      undefined,
      5,
      { kind: 'circle' },
      { kind: 'clip' },
      { kind: 'rectangle', x: 0 },
      { kind: 'union', of: 5 },
      { kind: 'grown', of: recordedMask(left), by: 'far' },
      deep,
    ])
      assert.throws(() => readMask(wrong), { code: 'FL_ARGUMENT' });
  });
});

describe('masks: colours', () => {
  it('are told apart in Oklab', () => {
    // The values of Ottosson's own table and of CSS Color 4.
    const near = (found: readonly number[], wanted: readonly number[]) =>
      found.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]!) < 1e-4));
    near(oklab(255, 255, 255), [1, 0, 0]);
    near(oklab(0, 0, 0), [0, 0, 0]);
    near(oklab(255, 0, 0), [0.62796, 0.22486, 0.12585]);
    near(oklab(0, 128, 0), [0.51975, -0.1403, 0.10768]);
  });

  it('mark the pixels near them', () => {
    const picture = frameOf(4, 1, [
      [255, 0, 0],
      [220, 30, 20],
      [0, 0, 255],
      [128, 128, 128],
    ]);
    const canvas = sourceCanvas(picture);
    assert.deepEqual([...paintMask(Mask.colour('red').form, { canvas, picture })], [1, 1, 0, 0]);
    assert.deepEqual([...paintMask(Mask.colour([255, 0, 0], { tolerance: 0 }).form, { canvas, picture })], [1, 0, 0, 0]);
  });

  it('have names, and those that are not known are said', () => {
    assert.deepEqual(parseColour('Orange'), [255, 165, 0]);
    assert.throws(() => Mask.colour('reddish'), /colour is "reddish".*maroon/);
    assert.throws(() => Mask.colour('constructor'), { code: 'FL_ARGUMENT' });
  });
});

describe('masks of clips', () => {
  const dark = () => createFrame(8, 6);

  it('must be as large as the source, and as long or one picture', async () => {
    const source = await clipOf([dark(), dark(), dark()]);
    const white = frameOf(8, 6, Array<[number, number, number]>(48).fill([255, 255, 255]));
    await PreparedMask.create(await clipOf([white]), source);
    await PreparedMask.create(await clipOf([white, dark(), dark()]), source);
    await assert.rejects(PreparedMask.create(await clipOf([white, dark()]), source), {
      code: 'FL_MASK_LENGTH',
      message: /2 frames.*has 3/,
    });
    await assert.rejects(PreparedMask.create(await clipOf([createFrame(6, 8)]), source), { code: 'FL_MASK_SIZE', message: /6 × 8.*8 × 6/ });
  });

  it('are bright from half of white on, frame by frame', async () => {
    const source = await clipOf([dark(), dark()]);
    const first = dark();
    first.data.fill(127, 0, 3);
    first.data.fill(128, 3, 6);
    const mask = await PreparedMask.create(await clipOf([first, dark()]), source);
    const painted = await mask.onSource().paint({ start: 0, end: 2 }, [dark(), dark()]);
    assert.deepEqual(
      [painted.dims, painted.data[0], painted.data[1], painted.data.reduce((sum, value) => sum + value)],
      [[2, 1, 6, 8], 0, 1, 1],
    );
  });

  it('that mark nothing are refused before the work', async () => {
    const source = await clipOf([dark(), dark()]);
    for (const given of [await clipOf([dark()]), Mask.rectangle({ x: 20, y: 0, width: 5, height: 5 }), Mask.colour('red')]) {
      const mask = await PreparedMask.create(given, source);
      const painter = await mask.on({ width: 8, height: 6, fit: 'cover' });
      await assert.rejects(mask.requireSomething(painter, source), { code: 'FL_MASK_EMPTY', message: /8 × 6/ });
    }
  });
});

describe('a tracked region', () => {
  /** A patterned square on a patterned ground, with its top left corner at each place. */
  const moving = (places: readonly (readonly [x: number, y: number])[]): Promise<Video> =>
    clipOf(
      places.map(([left, top]) => {
        const frame = createFrame(96, 64);
        for (let y = 0; y < 64; y++)
          for (let x = 0; x < 96; x++) {
            const inside = x >= left && x < left + 16 && y >= top && y < top + 12;
            const [u, v] = inside ? [x - left, y - top] : [x, y];
            frame.data.set(inside ? [200 + 3 * u, 20 * (v % 4), 40] : [30, (x * 2 + y) % 90, 90 + (y % 60)], 3 * (y * 96 + x));
          }
        return frame;
      }),
    );

  /** Of the first pixel of each frame's mask, its place; and how many pixels it has. */
  async function placesOf(mask: Mask, clip: Video): Promise<[x: number, y: number, count: number][]> {
    const count = clip.frameCount!;
    const painted = await (await PreparedMask.create(mask, clip)).onSource().paint({ start: 0, end: count }, []);
    return Array.from({ length: count }, (_, frame) => {
      const plane = painted.slice(frame, frame + 1).data;
      const first = plane.indexOf(1);
      return [first % 96, Math.floor(first / 96), plane.reduce((sum, value) => sum + value)];
    });
  }

  const places = [
    [10, 8],
    [14, 9],
    [18, 11],
    [23, 12],
    [28, 14],
    [34, 15],
    [40, 15],
    [45, 20],
  ] as const;

  it('goes with what it holds, pixel by pixel', async () => {
    const clip = await moving(places);
    const mask = Mask.rectangle({ x: 10, y: 8, width: 16, height: 12 }).track();
    assert.deepEqual(
      await placesOf(mask, clip),
      places.map(([x, y]) => [x, y, 16 * 12]),
    );
  });

  it('is followed both ways from the frame it is given on', async () => {
    const clip = await moving(places);
    const mask = Mask.rectangle({ x: 28, y: 14, width: 16, height: 12 }).track({ from: 4 });
    assert.deepEqual(
      await placesOf(mask, clip),
      places.map(([x, y]) => [x, y, 16 * 12]),
    );
  });

  it('may leave the picture in part', async () => {
    const leaving = [
      [60, 30],
      [66, 30],
      [72, 30],
      [78, 30],
      [84, 30],
    ] as const;
    const found = await placesOf(Mask.rectangle({ x: 60, y: 30, width: 16, height: 12 }).track(), await moving(leaving));
    assert.deepEqual(
      found.map(([x, y]) => [x, y]),
      leaving.map(([x, y]) => [x, y]),
    );
    assert.equal(found.at(-1)![2], 12 * 12);
  });

  it('must be in the frame it is given on, and made of outlines', async () => {
    const clip = await moving(places);
    const away = Mask.rectangle({ x: 200, y: 8, width: 16, height: 12 });
    await assert.rejects(PreparedMask.create(away.track(), clip), { code: 'FL_MASK_TRACK', message: /frame 0/ });
    await assert.rejects(PreparedMask.create(Mask.rectangle(box).track({ from: 8 }), clip), { code: 'FL_MASK_TRACK', message: /frame 8/ });
    assert.throws(() => Mask.colour('red').track(), /to be tracked/);
  });
});

function clipOf(frames: readonly Frame[]): Promise<Video> {
  return Video.fromFrames(frames, { fps: 8 });
}

function frameOf(width: number, height: number, colours: readonly (readonly [number, number, number])[]): Frame {
  return { width, height, data: Uint8Array.from(colours.flat()) };
}
