/* Just enough SIP reading for a load generator: headers by name, parameters by name. */
#ifndef SIP_H
#define SIP_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    const char *at;
    size_t length;
} text;

/* For printf's "%.*s". */
#define TEXT(piece) (int)(piece).length, (piece).at

/* Finds the next header line called `name` (or by its compact letter, 0 for none) in `rest`,
   puts its value in `value` and moves `rest` behind it. */
bool next_header(text *rest, const char *name, char compact, text *value);

/* The first header of that name in `message`; an empty text where there is none. */
text header(text message, const char *name, char compact);

/* The value of parameter `name` in a header value, without its quotes; empty where absent. */
text parameter(text value, const char *name);

/* What stands between < and >; empty where there are none. */
text in_angles(text value);

/* Cuts the first of a comma-separated list of <...> addresses off `list`. */
bool next_address(text *list, text *address);

/* Whether `piece` contains `word`. */
bool contains(text piece, const char *word);

#endif
