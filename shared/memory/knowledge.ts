/**
 * How a rule is known. traced: the framework's own code was run under the tracer and agrees in every phase; read: follows its
 * source, which cannot run without a GPU; estimated: its kernels' workspace is not documented, the estimate carries an interval.
 */
export type Knowledge = 'traced' | 'read' | 'estimated'
