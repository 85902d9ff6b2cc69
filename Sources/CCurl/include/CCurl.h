#pragma once
#include <curl/curl.h>

// curl_easy_setopt and curl_easy_getinfo take any type, which Swift cannot call: one function for each type we need.

typedef size_t (*homie_curl_bytes)(char *bytes, size_t size, size_t count, void *context);
typedef int (*homie_curl_progress)(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up);

static inline CURLcode homie_curl_global_init(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

static inline CURLcode homie_curl_set_long(CURL *curl, CURLoption option, long value) {
    return curl_easy_setopt(curl, option, value);
}

static inline CURLcode homie_curl_set_offset(CURL *curl, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(curl, option, value);
}

static inline CURLcode homie_curl_set_text(CURL *curl, CURLoption option, const char *value) {
    return curl_easy_setopt(curl, option, value);
}

static inline CURLcode homie_curl_set_list(CURL *curl, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(curl, option, value);
}

static inline CURLcode homie_curl_set_headers(CURL *curl, struct curl_slist *value) {
    return curl_easy_setopt(curl, CURLOPT_HTTPHEADER, value);
}

static inline CURLcode homie_curl_set_body(CURL *curl, homie_curl_bytes function, void *context) {
    CURLcode code = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, function);
    return code != CURLE_OK ? code : curl_easy_setopt(curl, CURLOPT_WRITEDATA, context);
}

static inline CURLcode homie_curl_set_header_reader(CURL *curl, homie_curl_bytes function, void *context) {
    CURLcode code = curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, function);
    return code != CURLE_OK ? code : curl_easy_setopt(curl, CURLOPT_HEADERDATA, context);
}

static inline CURLcode homie_curl_set_progress(CURL *curl, homie_curl_progress function, void *context) {
    CURLcode code = curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    if (code == CURLE_OK) code = curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, function);
    return code != CURLE_OK ? code : curl_easy_setopt(curl, CURLOPT_XFERINFODATA, context);
}

typedef curl_socket_t (*homie_curl_guard)(void *context, curlsocktype purpose, struct curl_sockaddr *address);

static inline CURLcode homie_curl_set_post(CURL *curl, const void *bytes, curl_off_t size) {
    CURLcode code = curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, size);
    return code != CURLE_OK ? code : curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, bytes);
}

static inline CURLcode homie_curl_set_recipients(CURL *curl, struct curl_slist *value) {
    return curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, value);
}

static inline CURLcode homie_curl_set_upload(CURL *curl, homie_curl_bytes function, void *context) {
    CURLcode code = curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    if (code == CURLE_OK) code = curl_easy_setopt(curl, CURLOPT_READFUNCTION, function);
    return code != CURLE_OK ? code : curl_easy_setopt(curl, CURLOPT_READDATA, context);
}

static inline CURLcode homie_curl_set_guard(CURL *curl, homie_curl_guard function, void *context) {
    CURLcode code = curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, function);
    return code != CURLE_OK ? code : curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, context);
}

static inline long homie_curl_number(CURL *curl, CURLINFO info) {
    long number = 0;
    return curl_easy_getinfo(curl, info, &number) == CURLE_OK ? number : 0;
}

// What the server's own certificate says, as lines; the handle keeps it.
static inline const struct curl_slist *homie_curl_certificate(CURL *curl) {
    struct curl_certinfo *chain = NULL;
    if (curl_easy_getinfo(curl, CURLINFO_CERTINFO, &chain) != CURLE_OK || !chain || chain->num_of_certs < 1) return NULL;
    return chain->certinfo[0];
}

static inline long homie_curl_response_code(CURL *curl) {
    long code = 0;
    return curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code) == CURLE_OK ? code : 0;
}
