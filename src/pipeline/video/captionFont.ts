import { inflateRawSync } from 'node:zlib';

/*
 * A small picture font for captions, so that they look the same everywhere: ffmpeg builds differ in
 * whether they can draw text, and machines in which fonts they have. The 95 printable ASCII
 * characters of DejaVu Sans Mono at 15 pixels (Bitstream Vera licence, free to use and embed), four
 * bits of coverage per pixel, compressed.
 */

/** Width of one character's cell, pixels. */
export const glyphWidth = 9;
/** Height of one character's cell, pixels. */
export const glyphHeight = 18;

const packed =
  'xVn7b9PXFT9f++v3Qw5QAoVETqtVK2oi88s2TY3laC+NBsudhPZDyVdmUjVpI9GXampFFUcBaZVK4shUbXklyGx045XJG20ZoUHOtJIQoArgJM6ryssJ0MR/wz7n+psXTfK1eWgn8lcf33u/N/fcc8' +
  '7nnHtN9NzEOI2HP/A4qPARSZPLBy526cj79kayxM8tA08pcrKa6KC1kRyhLwxZCFWbkmSJfUj0N3vYjYZJY99u/D9LjOzhL9efzObB4yiR6Xq3R57+6G1qQovlLlq2j+1D8+1+jCnuw5ig591XdySk' +
  '+vmjS2+tLluHMcXRg0RnpaQAL20d/sEFn6HpHdrx8YtDRR7bgWNE/5HjZDtwnOjFIY+eyvuzYaoIERnYAo4Y9mAsTFKqxvvWfrpoPheXBo/VeuT5st6ymi5D23B1o96EYqIK7zLwtFICB7HG4SQpfK' +
  'nhncUXuoqPs1EDooW7xBgeLN5aXSp5U46zue/i4QrjcZ7fSuBRvwDOa11izLmFt9aQJNF724tV2jUcIrn9M7Ic6HoPq3tGcVPq1QIEQIEPhla0PFtRVHjmDEAr6x96oimyYXqOUofZzTP5jGQT+uEF' +
  'driDYQpfTrJDBnIGlphfmthPoKQFBpT6daarHg2QP1znsyXhcj1kTbr/lGqg2d2/nHCr1CBaRBePoeq5gO76dj0i+uku9tULlFvlOoDJSC/yWod91FHW4DMTpTk6OJoz0OwWvlyC+7bBWyLYkFp8nN' +
  'nsI70JpeYRH32ACYG7tXArvk9SloNsM++XLSFc5WyRohrbR/Kwux877biNHT+eJOO9ZqIvrUkEXTOV+6xJI5SEWdBCaNHAumLJZidEzLIFc2Aea357Qwuv+SbvHa+wFyts8cntwz7dBb46plLJ0c0+' +
  'MSEr7X5/VKX5fZWqO0FRTGkeB9lEyf9mpUpvoEtHkDTmOJSwdTL74EWOWnbhCW2BnOysyALCZEoe8bx/NExKVTAMzS7Ape1xY2pTiszZGbLc3zhIg2Tpc7FDtvkqY1Lz6CHdCetHAhTZWefDW1dphm' +
  'xJgE6K7qwdp+bhyAIhdtOPilo9FBnyPruAzT+W83zrCelL/oQM9emyPw4FSDkDv2fALV7R9WREKohaExO+ZJ6c8kwf4/HDscN4/noEpYP0jxADbhFdeclb8NWf7FRCmqcFoeFu7FYJPjL7orK4vR7N' +
  'O/Mp6dqGffJAUU0RGOHTP0htVz8MH9lw83OXz3IqdJ8OHrOeee2TxNbRE06mhkpWYMudNXnW8gCP24i7CoSBuQ/Bdx78UhpSPKYJKUOns9k4MnItwsgwHdWS/3riyM6p1EGVjY446KQDju2IGwfpOo' +
  'jPETdcQ4txCl1+Xwft6MLgj3TV3XLnMjn+tTlpniSTiGQOa7GdAlzDR3TxGDFYlxx6PDRruORBBknTLFYoUsks9l8DoqUnN4YH64g1m50HOWmMsghasHUrW6K5wVm9GWWM8QZ9GnktAUz4WMsC0CfY' +
  'v1D5oeI4cqUJCoIAQ6La/3YCQCmaJdMEmE3xlB/aMkE7xr7Q3UOV6njHxlcCrHt8jS79nPIgVzgYp0gP5AbrSDA7jmcDz706iNDLsLSxH/Rt7kxTHioroVkKht1qUKVZJCJ3Gyg6ez1A7vgl9qg0xp' +
  'inobKjC4MrYjoTinBfjHs9sJzZ1mK/BF3fM+8tzygfmFv2TCUuZxRntXvPeLQxoxinAIgyIJwloDehe4JtqsKCX7Ep/wvw+3gdzZS+Mu4O/x1AHgBwXkf+agCQdIsl2jsXomBICaC4ushJcxxZue6l' +
  'GTJNMvByi+jiMWKwbujNHUVYvZ5AfCm+KFxaA2jJdT0elU+3Qs/yFYZob1bVqjxpLdpxZUdCNCjVhZDfezGhI+5SX8jQtyjnXOq2BFoqwuhqBTBmABwJ/VJkH0WqXg87VdqEt6DXABZg6rzBzMF+bO' +
  '4zs3f3lu2OGVpHD+jNB4rPxle5IlgHrC+g5QiYFRXR6qAHAIfeZmiBZLhfv5xDAJT+LkPyJLJPM/6cjfIkjhKuUI0H2SpOpj7oXspl3FdJLaOtL9g18wjiswmHE/uxpBK6UmNNu34zceWfU+7KEr+n' +
  'O3Glz95jvUUtISVmnjToVkvlKhi11ovEdtV8D3s0gCr9O145MlTJaR945hTJ04aMdJOsd6MeKtFLo3VeqlBv4j15CjtuT+BEUtECBVsa1yTG9cUOK6MesGGkkRPAbaZCvFqOCe1d8B/YVRpCY5tHnF' +
  'OyjfqxB8MdWTj55w2ya5mbz4TiNCEOhaL85XOjOC8aphfuG/jiSpzPhM72dUm24eHCkPMFAPHWGirDtUwDA2RMGVOGFMn36P8qfFk2vrQ43jE77+5233P6h8Xf3CDTO8YBYQypGTXdRa8tjjzSSx1F' +
  '0bihPX1E12sSmklzIJLGpiIDR8EJVq5AmlCKgKgj1HKoUrX+e6yxsBVKzThuXtv5Y3Gos/SJNA+biXu2yxtV1Id/zfMSQ/MJ69iRmPn+lodgLVcMml6lDDliIKIhqt3ZEqNo+nyB152d3WSa3diPPT' +
  'MnkVOCEt9wilp9b9ULMXpjTL8kpsh3ucA3jYs6MwEK1O7i1gCFiIVVThWvqnJVA6vMV3NO1XB48z0y3/lc38r1Q2Sd3TgAK9tjaDmJLlt8JdAVPsotVCwVohZabHkc2PO4t1lGSyJL50FdzD8GHJBO' +
  'r3rBK7OPBb2LYNsZeXJ7jILVjSTPI4EE372PLlsXurbHMMavd3HjFGs6uUB864Bavh1oe1CQkY0P020x/89nKl6eKPWl/NKk62fjpd6VIFDQjM/EyisKZGabzKZ+OKAtgdKoFnnbzJXDKVLe3B2i/X' +
  'NqYRM2RZfYJrmcbeqX2GaFxfUj5UTclNr8CCt0oq6DgoPQFCvspZqqujhFhr5vrPUvHSbbz5BydlPIxK6seHIRLq4JFkFhe3jna5QjhsNiLun2n/H8VadX3Cz91hsMSPWjed4bi6tIlSRRGTjVpZYc' +
  'cDA4hdkNnQ8KNMr3nISBJUkdFKyqjYNtCnMbFIbyJMj7JNV4XCGp33QX04Gjg1xM3OrLJfFChKm59gSs92nS77tR8Up3qa//s7N9tmbnEaqNRcPGTF5H8GXSgYJOGkShKA+k4ERcjrXDNepfUykY8A' +
  'dQTEYKuu9DwWSYsiVQGfu9rjD1yBOIE6hcUgeVTye1ii8I62xDUjt9Jq+LNIw08j12WiyYqBWv87L4DgsH8Id53JnOiFNzrnjjuo1/D5AiHjIxfUt8JBO/ECx0USkTTpqd/ptwXj9yFQ5WBNtcWKsP' +
  'jNzl92qghG9vg1i865D21mKXH4vbAh9Svi7AOm3psj2/2FCv/7PggvwP';

let unpacked: Buffer | undefined;

/**
 * How much of a pixel a character covers, 0 to 15. Characters outside printable ASCII show as `?`.
 *
 * @param code the character's code point.
 * @param x column in its cell, 0 to 8.
 * @param y row in its cell, 0 to 17.
 */
export function glyphCoverage(code: number, x: number, y: number): number {
  unpacked ??= inflateRawSync(Buffer.from(packed, 'base64'));
  const glyph = (code >= 32 && code < 127 ? code : 63) - 32;
  const at = (glyph * glyphHeight + y) * glyphWidth + x;
  const pair = unpacked[at >> 1] ?? 0;
  return at % 2 === 0 ? pair >> 4 : pair & 15;
}
