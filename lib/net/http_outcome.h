/* http_outcome.h - what a request of libcurl's came to, in the words of http.h. */
#ifndef NET_HTTP_OUTCOME_H
#define NET_HTTP_OUTCOME_H

#include "net/http.h"

/* curl    the CURL handle that made it
 * result  the CURLcode that it ended with
 * error   its CURLOPT_ERRORBUFFER; control characters in it are blanked
 * out     gets stage, fault and status, and where no answer came the reason */
void http_outcome(void *curl, int result, const char *url, char *error, struct http_reply *out);

#endif
