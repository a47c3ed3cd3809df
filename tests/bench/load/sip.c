#define _GNU_SOURCE
#include "sip.h"

#include <string.h>
#include <strings.h>

static const text NOTHING = {"", 0};

static text next_line(text *rest) {
    const char *end = memmem(rest->at, rest->length, "\r\n", 2);
    if (!end)
        return NOTHING;
    text line = {rest->at, (size_t)(end - rest->at)};
    rest->length -= line.length + 2;
    rest->at = end + 2;
    return line;
}

bool next_header(text *rest, const char *name, char compact, text *value) {
    size_t length = strlen(name);
    for (text line = next_line(rest); line.length; line = next_line(rest)) {
        bool is_long = line.length > length && line.at[length] == ':' &&
                       !strncasecmp(line.at, name, length);
        bool is_compact = compact && line.at[1] == ':' && (line.at[0] | 32) == compact;
        if (!is_long && !is_compact)
            continue;
        const char *start = line.at + (is_long ? length : 1) + 1, *end = line.at + line.length;
        while (start < end && *start == ' ')
            start++;
        *value = (text){start, (size_t)(end - start)};
        return true;
    }
    return false;
}

text header(text message, const char *name, char compact) {
    text value;
    return next_header(&message, name, compact, &value) ? value : NOTHING;
}

static text parameter_value(const char *start, const char *end) {
    bool quoted = start < end && *start == '"';
    const char *stop = start += quoted;
    while (stop < end && !(quoted ? *stop == '"' : strchr(",; >", *stop) != NULL))
        stop++;
    return (text){start, (size_t)(stop - start)};
}

text parameter(text value, const char *name) {
    size_t length = strlen(name);
    const char *end = value.at + value.length;
    for (const char *at = value.at; at + length < end; at++) {
        bool starts_here = at == value.at || strchr(" ,;", at[-1]);
        if (starts_here && at[length] == '=' && !strncasecmp(at, name, length))
            return parameter_value(at + length + 1, end);
    }
    return NOTHING;
}

text in_angles(text value) {
    const char *open = memchr(value.at, '<', value.length);
    if (!open)
        return NOTHING;
    const char *close = memchr(open, '>', (size_t)(value.at + value.length - open));
    return close ? (text){open + 1, (size_t)(close - open - 1)} : NOTHING;
}

bool next_address(text *list, text *address) {
    const char *end = list->at + list->length, *open = memchr(list->at, '<', list->length);
    const char *close = open ? memchr(open, '>', (size_t)(end - open)) : NULL;
    if (!close)
        return false;
    const char *comma = memchr(close, ',', (size_t)(end - close));
    const char *stop = comma ? comma : end;
    *address = (text){open, (size_t)(stop - open)};
    *list = (text){stop, (size_t)(end - stop)};
    return true;
}

bool contains(text piece, const char *word) {
    return memmem(piece.at, piece.length, word, strlen(word)) != NULL;
}
