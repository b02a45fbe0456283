import directory.models.standards
import django.core.validators
import django.db.models.deletion
import modelcluster.fields
from django.conf import settings
from django.db import migrations, models


# What was said and found stays as it was: of an assessment only this changes, that another took its place.
ONLY_ADDED = """
CREATE FUNCTION directory_assessment_is_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  former jsonb := to_jsonb(OLD) - 'current';
BEGIN
  IF former IS DISTINCT FROM to_jsonb(NEW) - 'current' OR NOT OLD.current OR NEW.current THEN
    RAISE EXCEPTION 'an assessment is only added, never overwritten' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'assessment_is_only_added';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER assessment_is_only_added BEFORE UPDATE ON directory_assessment
  FOR EACH ROW EXECUTE FUNCTION directory_assessment_is_only_added();
"""
NOT_ONLY_ADDED = """
DROP TRIGGER assessment_is_only_added ON directory_assessment;
DROP FUNCTION directory_assessment_is_only_added();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('directory', '0007_portal'),
        ('wagtailcore', '0097_baselogentry_uuid_action_timestamp_indexes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Standard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=160, verbose_name='name in Indonesian')),
                ('title_en', models.CharField(max_length=160, verbose_name='name in English')),
                ('version', models.CharField(max_length=20, verbose_name='version')),
                ('about', models.TextField(max_length=1000, verbose_name='what it is for, in Indonesian')),
                ('about_en', models.TextField(max_length=1000, verbose_name='what it is for, in English')),
                ('source', models.TextField(max_length=1000, verbose_name='what it rests on, in Indonesian')),
                ('source_en', models.TextField(max_length=1000, verbose_name='what it rests on, in English')),
                ('kind', models.CharField(blank=True, choices=[('c1', 'reporting and outreach'), ('c2', 'information about rights'), ('c3', 'health care'), ('c4', 'counselling and support for the mind'), ('c5', 'social recovery and return to family and school'), ('c6', 'legal help'), ('c7', 'help with living costs'), ('c8', 'safe place to stay'), ('c9', 'help with a disability'), ('c10', 'bringing agencies together'), ('c11', 'watching over rights in court'), ('d1', 'recorded interview for children'), ('d2', 'medical report for the police (visum)'), ('d3', 'trauma therapy'), ('d4', 'protection and restitution'), ('d5', 'taking pictures off the internet'), ('d6', 'help across borders'), ('d7', 'helpline')], help_text='Empty is for everybody. A standard for recorded interviews decides who can be booked for one.', max_length=3, verbose_name='for this kind of help')),
                ('starts_on', models.DateField(verbose_name='in force from')),
                ('ends_on', models.DateField(blank=True, help_text='Empty while it is in force.', null=True, verbose_name='no longer in force from')),
                ('latest_revision', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtailcore.revision', verbose_name='latest revision')),
            ],
            options={
                'verbose_name': 'standard',
                'verbose_name_plural': 'standards',
                'ordering': ['-starts_on', 'pk'],
            },
            bases=(directory.models.standards.InBothLanguages, models.Model),
        ),
        migrations.CreateModel(
            name='Criterion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sort_order', models.IntegerField(blank=True, editable=False, null=True)),
                ('words', models.CharField(max_length=300, verbose_name='what must be so, in Indonesian')),
                ('words_en', models.CharField(max_length=300, verbose_name='what must be so, in English')),
                ('essential', models.BooleanField(default=False, help_text='Without it no new interview can be booked there.', verbose_name='essential')),
                ('asks', models.CharField(max_length=300, verbose_name='evidence asked for, in Indonesian')),
                ('asks_en', models.CharField(max_length=300, verbose_name='evidence asked for, in English')),
                ('months', models.PositiveSmallIntegerField(default=12, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(60)], verbose_name='a verification lasts (months)')),
                ('starts_on', models.DateField(blank=True, help_text='Empty: from the first day.', null=True, verbose_name='binds from')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='binds no longer from')),
                ('standard', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='criteria', to='directory.standard', verbose_name='standard')),
            ],
            options={
                'verbose_name': 'criterion',
                'verbose_name_plural': 'criteria',
                'ordering': ['sort_order'],
                'abstract': False,
            },
            bases=(directory.models.standards.InBothLanguages, models.Model),
        ),
        migrations.CreateModel(
            name='Assessment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('met', models.CharField(choices=[('yes', 'yes, we meet this'), ('partly', 'partly'), ('no', 'no, not now')], max_length=6, verbose_name='do you meet this?')),
                ('evidence', models.TextField(blank=True, max_length=1000, verbose_name='how this can be seen')),
                ('assessed_at', models.DateTimeField()),
                ('outcome', models.CharField(blank=True, choices=[('met', 'met'), ('not_met', 'not shown yet')], max_length=7, verbose_name='what was found')),
                ('remark', models.TextField(blank=True, max_length=1000, verbose_name='to the provider')),
                ('verified_on', models.DateField(blank=True, null=True)),
                ('expires_on', models.DateField(blank=True, null=True, verbose_name='valid until')),
                ('waits', models.BooleanField(default=True)),
                ('current', models.BooleanField(default=True)),
                ('assessed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assessments', to='directory.providerpage')),
                ('verified_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('criterion', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assessments', to='directory.criterion')),
            ],
            options={
                'verbose_name': 'assessment',
                'verbose_name_plural': 'assessments',
                'permissions': [('verify_assessment', 'Can verify what providers say of themselves')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('current', True)), fields=('provider', 'criterion'), name='assessment_one_current_per_criterion'), models.CheckConstraint(condition=models.Q(models.Q(('outcome', ''), ('verified_by__isnull', True), ('verified_on__isnull', True)), models.Q(models.Q(('outcome', ''), _negated=True), ('verified_by__isnull', False), ('verified_on__isnull', False)), _connector='OR'), name='assessment_verified_has_a_day_and_a_verifier'), models.CheckConstraint(condition=models.Q(models.Q(('expires_on__isnull', False), ('outcome', 'met')), models.Q(models.Q(('outcome', 'met'), _negated=True), ('expires_on__isnull', True)), _connector='OR'), name='assessment_met_until_a_day'), models.CheckConstraint(condition=models.Q(('expires_on__isnull', True), ('expires_on__gt', models.F('verified_on')), _connector='OR'), name='assessment_expires_after_it_was_verified'), models.CheckConstraint(condition=models.Q(('met', 'no'), ('outcome', 'met'), _negated=True), name='assessment_not_met_is_never_verified_as_met'), models.CheckConstraint(condition=models.Q(('verified_by__isnull', True), models.Q(('verified_by', models.F('assessed_by')), _negated=True), _connector='OR'), name='assessment_is_verified_by_somebody_else'), models.CheckConstraint(condition=models.Q(('waits', True), models.Q(('outcome', ''), _negated=True), _connector='OR'), name='assessment_waits_or_was_verified')],
            },
        ),
        migrations.AddConstraint(
            model_name='standard',
            constraint=models.UniqueConstraint(fields=('title', 'version'), name='standard_each_version_once'),
        ),
        migrations.AddConstraint(
            model_name='standard',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gt', models.F('starts_on')), _connector='OR'), name='standard_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='criterion',
            constraint=models.CheckConstraint(condition=models.Q(('months__gte', 1), ('months__lte', 60)), name='criterion_lasts_some_months'),
        ),
        migrations.AddConstraint(
            model_name='criterion',
            constraint=models.CheckConstraint(condition=models.Q(('starts_on__isnull', True), ('ends_on__isnull', True), ('ends_on__gt', models.F('starts_on')), _connector='OR'), name='criterion_ends_after_it_starts'),
        ),
        migrations.RunSQL(ONLY_ADDED, NOT_ONLY_ADDED),
    ]
