/* libbcg729 in a loop: CPU seconds to encode and decode a file of raw samples, several times.
 * usage: g729 FILE -> seconds a frame to encode, decode, encode and decode with VAD,
 * seconds to make 1,000 pairs, bytes a pair */
#include <bcg729/decoder.h>
#include <bcg729/encoder.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MOST 60000
static int16_t pcm[MOST * 80], out[80];
static uint8_t octets[MOST][10], sizes[MOST];

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static double encode(int frames, int vad)
{
    bcg729EncoderChannelContextStruct *encoder = initBcg729EncoderChannel(vad);
    double start = now();
    for (int i = 0; i < frames; i++) bcg729Encoder(encoder, pcm + 80 * i, octets[i], &sizes[i]);
    start = now() - start;
    closeBcg729EncoderChannel(encoder);
    return start;
}

static double decode(int frames)
{
    bcg729DecoderChannelContextStruct *decoder = initBcg729DecoderChannel();
    double start = now();
    for (int i = 0; i < frames; i++)
        bcg729Decoder(decoder, octets[i], sizes[i], sizes[i] == 0, sizes[i] == 2, 0, out);
    start = now() - start;
    closeBcg729DecoderChannel(decoder);
    return start;
}

int main(int argc, char **argv)
{
    FILE *file = fopen(argv[1], "rb");
    if (argc != 2 || !file) return 1;
    int frames = (int)fread(pcm, 160, MOST, file);
    for (int vad = 0; vad < 2; vad++) {
        double coding = encode(frames, vad);
        printf("%.9f %.9f ", coding / frames, decode(frames) / frames);
    }
    size_t before = mallinfo2().uordblks;
    double start = now();
    for (int i = 0; i < 1000; i++) {
        initBcg729EncoderChannel(0);
        initBcg729DecoderChannel();
    }
    start = now() - start;
    printf("%.9f %zu\n", start, (mallinfo2().uordblks - before) / 1000);
    return 0;
}
