int bad_thread(void);

static _Thread_local int last;

int
bad_thread(void)
{
	return ++last;
}
