int bad_counter(void);

int
bad_counter(void)
{
	static int n;

	return ++n;
}
