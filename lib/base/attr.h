/* attr.h - compiler attributes used everywhere; the only place that spells __attribute__. */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
#define MUST_USE                __attribute__((warn_unused_result))
#define CLEANUP(fn)             __attribute__((cleanup(fn)))
#define NULL_ENDED              __attribute__((sentinel))

/* Hand the value of pointer p to the caller and forget it here. */
#define TAKE(p)                                                                                    \
	__extension__({                                                                            \
		__typeof__(p) taken_ = (p);                                                        \
		(p) = NULL;                                                                        \
		taken_;                                                                            \
	})

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
