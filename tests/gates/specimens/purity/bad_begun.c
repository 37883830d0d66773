int bad_begun(void);

int
bad_begun(void)
{
	static int n = 7;

	return ++n;
}
